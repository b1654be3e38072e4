using System.Reflection;

namespace Siro.Gateway.HostingTests.Running;

/// <summary>The AppHost where there is neither a container engine nor a redis-server: on the embedded store.</summary>
[Collection(AppHostCollection.Name)]
public sealed class EmbeddedStoreTests(EmbeddedStoreTests.Fixture fixture) : IClassFixture<EmbeddedStoreTests.Fixture>
{
    [Fact]
    public async Task The_three_jobs_are_done_on_the_embedded_store()
    {
        Assert.Contains("rep1@example.com", await fixture.Sample.RepsAsync(fixture.Bound));
        await fixture.Sample.SyncAppointmentAsync("appt-1", "2026-01-15T10:00:00Z", fixture.Bound);
        var (recording, _) = await fixture.Sample.SendRecordingAsync("call-1", "2026-01-15T10:05:00Z", fixture.Bound);
        Assert.Equal(1, await fixture.Sample.WrittenAsync(recording, fixture.Bound));
    }

    public sealed class Fixture : AppHostFixture
    {
        /// <summary>Garnet by its name: on this machine there may be a redis-server, which would come first.</summary>
        protected override string[] Arguments => ["Store=local", "Siro:Programs:Redis=" + Assembly.Load("Siro.Gateway.AppHost")
            .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Siro.Programs.Redis").Value];
    }
}
