using System.Net.Http.Json;
using System.Text.Json;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Operations;

/// <summary>
/// Two replicas as processes of their own under load (50 calls a second, uploads, deliveries) change the kind of credential and back by
/// nothing but another gateway.json: one file that both read, or a mounted ConfigMap that reaches each at its own time.
/// </summary>
[Long]
public sealed class CredentialSwitchProcessTests(CredentialSwitchProcessTests.Fixture gateway)
    : IClassFixture<CredentialSwitchProcessTests.Fixture>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OrganizationToken", "ClientCredentials")]
    [InlineData("ClientCredentials", "OrganizationToken")]
    [InlineData("OrganizationToken", "Both")]
    public async Task Two_processes_on_one_file_switch_and_switch_back(string from, string to)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "gateway.json");
        await SwitchAsync(from, to, [file, file], async (_, json) =>
        {
            await File.WriteAllTextAsync(file + ".new", json, Cancel);
            KubernetesVolume.Move(file + ".new", file);
        });
    }

    [Theory]
    [InlineData("OrganizationToken", "ClientCredentials")]
    [InlineData("OrganizationToken", "Both")]
    public async Task Two_processes_on_a_mounted_ConfigMap_switch_one_after_the_other_and_back(string from, string to)
    {
        using var one = new KubernetesVolume();
        using var other = new KubernetesVolume();
        await SwitchAsync(from, to, [one.File("gateway.json"), other.File("gateway.json")], (replica, json) =>
        {
            (replica == 0 ? one : other).Replace(("gateway.json", json));
            return Task.CompletedTask;
        });
    }

    /// <param name="files">Each replica's gateway.json.</param>
    /// <param name="write">Puts a text into the file of a replica.</param>
    private async Task SwitchAsync(string from, string to, string[] files, Func<int, string, Task> write)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        using (var store = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration + ",allowAdmin=true"))
        {
            await store.GetServers()[0].FlushAllDatabasesAsync();
        }

        await write(0, Configuration(from));
        await write(1, Configuration(from));
        var since = gateway.Emulator.Journal.Last;
        await using var subscribers = await Subscribers.StartAsync();
        await using var one = await gateway.StartProcessAsync(("SIRO_GATEWAY_CONFIG", files[0]));
        await using var other = await gateway.StartProcessAsync(("SIRO_GATEWAY_CONFIG", files[1]));
        await one.ReadyAsync();
        await other.ReadyAsync();
        using (var admin = one.CreateClient())
        {
            var all = new { url = subscribers.Url("all"), events = new[] { "*" } };
            using var created = await admin.PostAsJsonAsync("/v1/subscriptions", all, Cancel);
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(Cancel));
        }

        await using var load = new SwitchLoad(one.CreateClient(), other.CreateClient());
        await load.GoesOnAsync();
        var choices = new[] { to, from, to };
        for (var n = 0; n < choices.Length; n++)
        {
            await write(0, Configuration(choices[n]));
            await SwitchedAsync(one, n + 1);
            await write(1, Configuration(choices[n]));
            await SwitchedAsync(other, n + 1);
            await IsOnlyAsync(choices[n] != "OrganizationToken");
            await load.GoesOnAsync();
        }

        var rate = load.Rate;
        await load.StopAsync();
        Assert.Empty(load.Failures);
        await Until.TrueAsync(
            () =>
            {
                var delivered = subscribers.At("all").Where(r => r.Text.Contains("recordingProcessed", StringComparison.Ordinal))
                    .Select(r => r.Json.GetProperty("recordingId").GetString()!).ToHashSet(StringComparer.Ordinal);
                return load.Events.All(delivered.Contains);
            },
            "every acknowledged event is delivered");

        // There: one client token for both processes. Back: one user token for each user and scope. A second time: neither.
        Assert.Single(gateway.Emulator.Journal.ClientMints(since));
        var users = gateway.Emulator.Journal.Mints(since).Select(m => m.BodyText).ToList();
        Assert.Distinct(users);
        Assert.InRange(users.Count, 1, 2);
        Assert.DoesNotContain(gateway.Emulator.Journal.Read(since), e => e.Status == 401);
        AssertNoSecret(one, other);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{from} -> {to} -> {from} -> {to}: {load.Calls} calls ({rate:F1} a second), "
            + $"{load.Uploads} uploads, {load.Events.Count} events, {load.Failures.Count} failed; "
            + $"{gateway.Emulator.Journal.ClientMints(since).Count} client token and {users.Count} user tokens minted");
    }

    private static string Configuration(string credential) => JsonSerializer.Serialize(new
    {
        Siro = new { Organizations = new { acme = new { Credential = credential } } },
    });

    /// <summary>Until the process has said so often that an organization's kind of credential has changed.</summary>
    private static Task SwitchedAsync(GatewayProcess process, int times) => Until.TrueAsync(
        () => process.Output.Count(l => l.Contains("another kind of credential from now on", StringComparison.Ordinal)) == times,
        "the replica has switched");

    /// <summary>
    /// Until the last 50 calls all came with the kind that is wanted: those under way at the switch may still have come with the other.
    /// </summary>
    private Task IsOnlyAsync(bool client) => Until.TrueAsync(
        () =>
        {
            var (journal, tokens) = (gateway.Emulator.Journal, gateway.Emulator.State.Tokens);
            var last = journal.Read(journal.Last - 100).Where(e => e.TokenId is not null).TakeLast(50).ToList();
            return last.Count == 50 && last.TrueForAll(e => tokens.ById(e.TokenId!)!.Kind == TokenKind.Client == client);
        },
        "calls come with the kind of credential that is configured");

    private void AssertNoSecret(params GatewayProcess[] replicas)
    {
        var log = string.Join('\n', replicas.SelectMany(r => r.Output));
        var tokens = gateway.Emulator.State.Tokens.All.Select(t => t.Value);
        foreach (var secret in tokens.Append(gateway.Emulator.Default.ClientApp.ClientSecret).Append(gateway.Emulator.Default.ClientSecret))
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0 };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            CredentialSwitchTests.Fixture.AddClientApp(settings, Emulator);
            return Task.CompletedTask;
        }
    }
}
