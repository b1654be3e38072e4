using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Siro.Gateway.Credentials;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Emulator;

/// <summary>
/// Every variant of credentials and contracts, played by the emulator's flags alone: no call fails, and the operator is told.
/// </summary>
public sealed class VariantTests(VariantTests.Fixture gateway) : IClassFixture<VariantTests.Fixture>
{
    private const string NoClientToken = "[1411]";
    private const string HostRefuses = "[1412]";
    private const string Drifted = "[1510]";

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static readonly string[] Paths =
    [
        "/external/v1/core/recordings", "/platform/v1/core/recordings",
        "/internal/v1/core/conversation-configurations?organizationId=org",
    ];

    [Theory]
    [InlineData("OrganizationToken", "")]
    [InlineData("ClientCredentials", "")]
    [InlineData("Both", "--client-token-hosts All")]
    [InlineData("Both", "--token-endpoint Away", NoClientToken, "can't be reached")]
    [InlineData("Both", "--token-endpoint Slow", NoClientToken, "The token endpoint is slow.")]
    [InlineData("Both", "--token-endpoint ErrorBody", NoClientToken, "invalid_client")]
    [InlineData("Both", "--token-endpoint Page", NoClientToken, "The token endpoint's answer is no JSON")]
    [InlineData("Both", "--token-endpoint Refused", NoClientToken, "invalid_client")]
    [InlineData("Both", "--client-token-hosts External", HostRefuses, "platform host refuses client tokens")]
    [InlineData("Both", "--client-token-hosts None", HostRefuses, "external host refuses client tokens")]
    [InlineData("Both", "--organization-tokens false --user-tokens false")]
    [InlineData("Both", "--organization-tokens-end-at 2020-01-01T00:00:00Z --user-tokens-end-at 2020-01-01T00:00:00Z")]
    [InlineData("ClientCredentials", "--client-apps-since 2020-01-01T00:00:00Z")]
    [InlineData("OrganizationToken", "--organization-tokens-close-at 2020-01-01T00:00:00Z --organization-tokens-end-at 2100-01-01")]
    [InlineData("ClientCredentials", "--client-token-expires-in 0")]
    [InlineData("ClientCredentials", "--client-token-expires-in 5")]
    [InlineData("ClientCredentials", "--client-token-expires-in 315360000")]
    [InlineData("ClientCredentials", "--client-token-expires-in missing")]
    [InlineData("ClientCredentials", "--client-token-lifetime 00:00:05")]
    public async Task No_call_fails_and_the_operator_is_told(string credential, string flags, params string[] told)
    {
        await using var siro = await EmulatorProcess.StartAsync(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        await using var running = await StartAsync(siro, credential, flags.Contains("Slow", StringComparison.Ordinal));
        using var client = running.CreateClient();
        for (var n = 0; n < 3 * Paths.Length; n++)
        {
            using var answer = await client.GetAsync(Paths[n % Paths.Length], Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{Paths[n % Paths.Length]}: {(int)answer.StatusCode} {text}");
        }

        AssertTold(running, told);
    }

    [Theory]
    [InlineData("--contracts V2")]
    [InlineData("--contracts DownloadUrl --size-fields FileSizeInBytes")]
    [InlineData("--file-url-answers-id true --size-fields Both")]
    [InlineData("--contract-drift MissingField", Drifted, "lacks 'data.expiresAt'")]
    [InlineData("--contract-drift ChangedStatus,NewValue", Drifted, "has the status 200")]
    public async Task No_upload_fails_and_what_differs_is_told(string flags, params string[] told)
    {
        await using var siro = await EmulatorProcess.StartAsync(flags.Split(' '));
        await using var running = await StartAsync(siro, "OrganizationToken");
        using var client = running.CreateClient();
        var (answer, body) = await client.UploadAsync(Forms.Of(Uploads.Recordings.Wav(20_000)));
        using (answer)
        {
            Assert.True(answer.IsSuccessStatusCode, body.ToString());
        }

        AssertTold(running, told);
    }

    [Fact]
    public async Task Kinds_end_and_contracts_change_and_roll_back_in_the_middle_of_calls_and_uploads()
    {
        await using var siro = await EmulatorProcess.StartAsync("--client-token-hosts", "None", "--rate-limit", "0");
        await using var running = await StartAsync(siro, "Both");
        await using var load = new MixedLoad(running.CreateClient(), Paths);
        await load.GoesOnAsync();
        foreach (var change in new object[]
        {
            new { clientTokenHosts = "All" },
            new { organizationTokens = false, userTokens = false },
            new { contracts = "V2", sizeFields = "FileSizeInBytes" },
            new { contractDrift = "ChangedStatus" },
            new { contractDrift = "None", contracts = "FileUrl", sizeFields = "FileSize" },
        })
        {
            await siro.ChangeAsync(change);
            await load.GoesOnAsync();
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        AssertTold(running, ["[1413]", HostRefuses, Drifted]);
    }

    private static void AssertTold(GatewayInProcess gateway, string[] told)
    {
        var log = string.Join('\n', gateway.Log);
        Assert.All(told, word => Assert.Contains(word, log, StringComparison.Ordinal));
        Assert.All(EmulatorProcess.Secrets, secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
        if (told.Length == 0)
        {
            Assert.All([NoClientToken, HostRefuses, "[1413]", Drifted], id => Assert.DoesNotContain(id, log, StringComparison.Ordinal));
        }
    }

    /// <param name="hurries">Waits for a client token no longer than it does at its operator's.</param>
    private async Task<GatewayInProcess> StartAsync(EmulatorProcess siro, string credential, bool hurries = false)
    {
        using (var store = await ConnectionMultiplexer.ConnectAsync(gateway.Store.Configuration + ",allowAdmin=true"))
        {
            await store.GetServers()[0].FlushAllDatabasesAsync();
        }

        return await GatewayInProcess.StartAsync(siro.Settings(gateway.Settings, credential), builder =>
        {
            if (hurries)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton(new CredentialTimings()));
            }
        });
    }

    /// <summary>Three callers of the hosts and one that uploads, without a pause.</summary>
    private sealed class MixedLoad : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly HttpClient _client;
        private readonly Task _run;
        private int _calls;
        private int _uploads;

        public MixedLoad(HttpClient client, string[] paths)
        {
            _client = client;
            _run = Task.WhenAll(paths.Select(CallAsync).Append(UploadAsync()));
        }

        public ConcurrentQueue<string> Failures { get; } = new();

        public Task GoesOnAsync()
        {
            var (calls, uploads) = (Volatile.Read(ref _calls), Volatile.Read(ref _uploads));
            return Until.TrueAsync(
                () => Volatile.Read(ref _calls) >= calls + 60 && Volatile.Read(ref _uploads) >= uploads + 3, "the load goes on");
        }

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await _run;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _end.Dispose();
            _client.Dispose();
        }

        private async Task CallAsync(string path)
        {
            while (!_end.IsCancellationRequested)
            {
                using var answer = await _client.GetAsync(path, CancellationToken.None);
                await NoteAsync(path, answer);
                Interlocked.Increment(ref _calls);
            }
        }

        private async Task UploadAsync()
        {
            for (var n = 0; !_end.IsCancellationRequested; n++)
            {
                var (answer, _) = await _client.UploadAsync(Forms.Of(Uploads.Recordings.Wav(20_000, n)));
                using (answer)
                {
                    await NoteAsync("upload", answer);
                }

                Interlocked.Increment(ref _uploads);
            }
        }

        private async Task NoteAsync(string what, HttpResponseMessage answer)
        {
            if (!answer.IsSuccessStatusCode)
            {
                Failures.Enqueue($"{what}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
        }
    }

    public sealed class Fixture : GatewayFixture
    {
        protected override bool StartsGateway => false;

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = "1000000";
            return Task.CompletedTask;
        }
    }
}
