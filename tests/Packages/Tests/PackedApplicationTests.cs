using Aspire.Hosting.Testing;
using Siro.Gateway.HostingTests.Running;

namespace PackedTests;

/// <summary>
/// An application and an AppHost that know nothing of this repository but its packages: the three jobs, and an event over a kill at the
/// worst moment.
/// </summary>
public sealed class PackedApplicationTests
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_native_application_does_the_three_jobs_and_writes_once_though_it_is_killed_before_it_acknowledges()
    {
        var program = Environment.GetEnvironmentVariable("PACKED_APPLICATION")
            ?? throw new InvalidOperationException("PACKED_APPLICATION names no program. Start these tests by tests/Packages/run.sh.");
        var folder = Directory.CreateTempSubdirectory("packed-application-");
        try
        {
            var killed = Path.Combine(folder.FullName, "killed");
            using var bound = new CancellationTokenSource(TimeLimit);
            var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.PackedAppHost>(
                [$"Application={program}", $"KillOnce={killed}"], bound.Token);
            await using var application = await builder.BuildAsync(bound.Token);
            await application.StartAsync(bound.Token);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("crm-writer", bound.Token);
            using var crm = application.CreateHttpClient("crm-writer", "http");

            Assert.Contains("rep1@example.com", await crm.RepsAsync(bound.Token));
            await crm.SyncAppointmentAsync("appt-1", "2026-01-15T10:00:00Z", bound.Token);
            var (recording, _) = await crm.SendRecordingAsync("call-1", "2026-01-15T10:05:00Z", bound.Token);

            // The event arrives, is handled, and the application dies before it says so. Aspire shows the end; a person starts it again.
            await application.ResourceNotifications.WaitForResourceAsync("crm-writer", KnownResourceStates.TerminalStates, bound.Token);
            var first = await File.ReadAllTextAsync(killed, bound.Token);
            Assert.NotEmpty(first);
            Assert.True((await application.ResourceCommands.ExecuteCommandAsync(
                "crm-writer", KnownResourceCommands.StartCommand, bound.Token)).Success);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("crm-writer", bound.Token);

            // The gateway delivers the same event again, and only once that is acknowledged is it certain that no second effect came.
            using var again = application.CreateHttpClient("crm-writer", "http");
            await again.UntilFoundAsync($"/acknowledged/{first}", bound.Token);
            Assert.Equal(1, await again.WrittenAsync(recording, bound.Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
