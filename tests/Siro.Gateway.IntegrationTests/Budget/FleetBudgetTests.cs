using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Emulator.Limits;
using Siro.Emulator.Organizations;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>
/// Three replicas in real time, by the emulator's own count of arrivals: 60 in 6 seconds for each Siro token (the real limit's shape,
/// a hundredth of its length in requests times time), or 40 in 4 where SIRO_TEST_SCALE is below 10. Every organization has a token of its
/// own, so the scenarios run side by side.
/// The replicas' wall clocks differ by half a minute each.
/// </summary>
public sealed class FleetBudgetTests(FleetBudgetTests.Fleet fleet) : IClassFixture<FleetBudgetTests.Fleet>
{
    private static readonly int Limit = TestScale.Factor >= 10 ? 60 : 40;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(Limit / 10);

    [Fact]
    public async Task The_limit_is_used_and_never_overrun_and_shared_fairly()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var time = TestScale.Factor >= 10 ? 10 * Window : 3 * Window;

        // Slots are taken until a window after the answer began: what a busy machine takes to answer is lost to the use, never to the
        // limit. So how much is used, and by whom, is asserted at the full measure alone; the simulations hold it exactly, in time of
        // their own.
        var least = TestScale.Factor >= 10 ? 0.97 : 0;
        var traffic = new FleetTraffic(TestContext.Current.CancellationToken);
        await using var doomed = await fleet.StartProcessAsync();
        using var doomedClient = doomed.CreateClient(Fleet.KeyOf("killed-1"));
        var keys = fleet.Gateways.Select((gateway, index) => (gateway, index)).ToArray();
        using var measured = new CancellationTokenSource();
        var start = Stopwatch.GetTimestamp();
        foreach (var (gateway, index) in keys)
        {
            // Five times the limit, 50 a second, in four equal parts.
            foreach (var client in (string[])["even-1", "even-2", "even-3", "even-4"])
            {
                traffic.Send(client, fleet.Client(gateway, client), 50.0 / 12, time);
            }

            // One that floods, three that use four fifths of their quarter.
            traffic.Send("modest-flood", fleet.Client(gateway, "modest-flood"), 44.0 / 3, time - TimeSpan.FromSeconds(3));
            foreach (var client in (string[])["modest-1", "modest-2", "modest-3"])
            {
                traffic.Send(client, fleet.Client(gateway, client), 2.0 / 3, time);
            }

            foreach (var client in (string[])["order-interactive", "order-batch", "order-background"])
            {
                traffic.Send(client, fleet.Client(gateway, client), 17.0 / 3, time);
            }

            if (index > 0)
            {
                traffic.Send("killed-2", fleet.Client(gateway, "killed-2"), 15, TimeSpan.MaxValue, stop: measured.Token);
            }
        }

        // A replica takes its share, holds twenty slots in requests that Siro does not answer, and is killed.
        fleet.Emulator.Faults.Add(new FaultRule { Host = "external", Path = "/v1/core/organizations", Stall = TimeSpan.FromSeconds(30) });
        traffic.Send("killed-1", doomedClient, 10, TimeSpan.FromSeconds(2.5));
        traffic.Send("killed-1", doomedClient, 8, TimeSpan.FromSeconds(2.5), "/external/v1/core/organizations");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        await doomed.Process.KillAsync();
        var killed = Stopwatch.GetTimestamp();
        measured.CancelAfter(TimeSpan.FromSeconds(2.5) + (2 * Window));

        await traffic.EndAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(traffic.Report());

        foreach (var organization in (string[])["even", "modest", "order", "killed"])
        {
            var arrivals = fleet.Arrivals(organization);
            var demanded = organization == "modest" ? time - TimeSpan.FromSeconds(3) : time;
            var use = Use(arrivals, start + (long)(demanded.TotalSeconds * Stopwatch.Frequency));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{organization}: {arrivals.Count} arrivals, most in a window {Most(arrivals)}, use {use:0.000}");
            Assert.InRange(Most(arrivals), 1, Limit);
            if (organization is "even" or "modest" or "order")
            {
                Assert.InRange(use, least, 1.02);
            }
        }

        // Fair among those that want more than there is; the modest lose nothing, where the machine does not keep them waiting.
        var warm = Window.TotalSeconds;
        Assert.InRange(Fairness.Jain([.. Enumerable.Range(1, 4).Select(n => (double)traffic.Served($"even-{n}", warm))]), 0.95, 1);

        if (TestScale.Factor >= 10)
        {
            Assert.DoesNotContain(
                traffic.Answers, a => a.Client is "modest-1" or "modest-2" or "modest-3" && a.Status != HttpStatusCode.OK);

            // Priorities, with floors of a tenth and a twentieth.
            var order = new[] { "interactive", "batch", "background" }.Select(
                c => traffic.Served("order-" + c, warm, time.TotalSeconds)).ToArray();
            Assert.True(order[0] > 5 * order[1], string.Join(' ', order));
            Assert.InRange(order[1] / (double)order.Sum(), 0.06, 0.15);
            Assert.InRange(order[2] / (double)order.Sum(), 0.02, 0.10);
        }

        // The heartbeat ends two seconds after the kill at the latest, a window later all is back.
        var back = killed + ((2 + Window.TotalSeconds + 0.3) * Stopwatch.Frequency);
        var later = fleet.Arrivals("killed").Count(a => a >= back && a < back + (Window.TotalSeconds * Stopwatch.Frequency));
        TestContext.Current.TestOutputHelper?.WriteLine($"after the killed replica's slots were back: {later} in a window");
        Assert.InRange(later, (int)(least * Limit), Limit);
    }

    [Fact]
    public async Task Past_the_time_to_wait_a_call_gets_429_with_whole_seconds_and_every_answer_says_what_is_left()
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        using var client = fleet.Client(fleet.Gateways[0], "small-1");
        var stopped = TestContext.Current.CancellationToken;
        for (var left = 2; left >= 0; left--)
        {
            using var answer = await client.GetAsync("/external/v1/core/users", stopped);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal($"\"client\";q=3;w={Window.TotalSeconds}", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
            Assert.Matches($"^\"client\";r={left};t=[0-9]$", Assert.Single(answer.Headers.GetValues("RateLimit")));
        }

        using var refused = await client.GetAsync("/external/v1/core/users", stopped);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("budget_exhausted", Assert.Single(refused.Headers.GetValues("Siro-Gateway-Error")));

        Assert.Matches("^\"client\";r=0;t=[0-9]$", Assert.Single(refused.Headers.GetValues("RateLimit")));
        Assert.Single(refused.Headers.GetValues("RateLimit-Policy"));

        // A slot that was taken just now ends a window and a bucket later, in whole seconds rounded up.
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 7);

        using var me = JsonDocument.Parse(await client.GetStringAsync("/v1/me", stopped));
        var budget = me.RootElement.GetProperty("budget").GetProperty("organization");
        Assert.Equal((3, 0), (budget.GetProperty("limit").GetInt32(), budget.GetProperty("remaining").GetInt32()));
    }

    [Fact]
    public Task A_429_of_Siro_or_a_refusal_of_its_CDN_pauses_the_fleet_and_what_is_safe_is_sent_again() => Task.WhenAll(
        PausedAsync("paused", "/v1/core/groups", HttpStatusCode.TooManyRequests, again: true),
        PausedAsync("refused", "/v1/core/tags", HttpStatusCode.Forbidden, again: false));

    private async Task PausedAsync(string organization, string path, HttpStatusCode status, bool again)
    {
        using var first = fleet.Client(fleet.Gateways[0], organization + "-1");
        using var second = fleet.Client(fleet.Gateways[1], organization + "-1");
        var stopped = TestContext.Current.CancellationToken;
        (await first.GetAsync("/external/v1/core/teams", stopped)).Dispose();
        (await second.GetAsync("/external/v1/core/teams", stopped)).Dispose();
        var before = fleet.Arrivals(organization).Count;
        fleet.Emulator.Faults.Add(new FaultRule
        {
            Host = "external", Path = path, Times = 1, Status = (int)status, Body = "<html>error code: 1010</html>",
            Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Retry-After"] = "4", ["Content-Type"] = "text/html" },
        });

        var refused = first.GetAsync("/external" + path, stopped);

        // The others hear of it with their next heartbeat.
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, stopped);
        (await second.GetAsync("/external/v1/core/teams", stopped)).Dispose();
        using var answer = await refused;
        Assert.NotEqual(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal(
            again ? null : "siro_cdn_refused", answer.Headers.TryGetValues("Siro-Gateway-Error", out var code) ? code.Single() : null);
        var arrivals = fleet.Arrivals(organization).Skip(before).Select(a => a / (double)Stopwatch.Frequency).ToArray();
        Assert.Equal(again ? 3 : 2, arrivals.Length);
        Assert.All(arrivals[1..], a => Assert.InRange(a - arrivals[0], 3.9, 30));
    }

    /// <summary>Whole windows from the first arrival to the end of the demand: how much of them was used.</summary>
    private static double Use(IReadOnlyList<long> arrivals, long end)
    {
        var window = Window.TotalSeconds * Stopwatch.Frequency;
        var windows = Math.Floor((end - arrivals[0]) / window);
        return arrivals.Count(a => a < arrivals[0] + (windows * window)) / (windows * Limit);
    }

    private static int Most(IReadOnlyList<long> arrivals)
    {
        var most = 0;
        for (int first = 0, last = 0; last < arrivals.Count; last++)
        {
            while (arrivals[last] - arrivals[first] > Window.TotalSeconds * Stopwatch.Frequency)
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    /// <summary>Three gateways in process, whose clocks differ, and five organizations.</summary>
    public sealed class Fleet : GatewayFixture, IAsyncLifetime
    {
        private readonly Dictionary<string, SeededOrganization> _organizations = new(StringComparer.Ordinal);
        private readonly List<HttpClient> _clients = [];

        public List<GatewayInProcess> Gateways { get; } = [];

        protected override bool StartsGateway => false;

        public static string KeyOf(string client) => "sgw_test-budget-" + client.PadRight(30, '0');

        public HttpClient Client(GatewayInProcess gateway, string client)
        {
            var made = gateway.CreateClient(KeyOf(client));
            lock (_clients)
            {
                _clients.Add(made);
            }

            return made;
        }

        /// <summary>When requests with the organization's token arrived, by the emulator's stopwatch.</summary>
        public IReadOnlyList<long> Arrivals(string organization) => _organizations[organization].OrganizationToken.Arrivals.Timestamps;

        public new async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            for (var i = 0; i < 3; i++)
            {
                var shift = TimeSpan.FromSeconds(30 * (i - 1));
                Gateways.Add(await StartInProcessAsync(builder => builder.Services.AddSingleton<TimeProvider>(new ShiftedClock(shift))));
            }
        }

        public new async ValueTask DisposeAsync()
        {
            foreach (var gateway in Gateways)
            {
                await gateway.DisposeAsync();
            }

            _clients.ForEach(c => c.Dispose());
            await base.DisposeAsync();
        }

        protected override EmulatorOptions CreateEmulatorOptions() => new() { RateLimit = 0, RateWindow = Window };

        protected override Task ConfigureAsync(Dictionary<string, string?> settings)
        {
            settings["Budget:Requests"] = Limit.ToString(CultureInfo.InvariantCulture);
            settings["Budget:WindowSeconds"] = Window.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            settings["Budget:MaxWait"] = "00:00:02";
            settings["Budget:ReplicaTimeout"] = "00:00:02";
            Organization(settings, "even", ["1", "2", "3", "4"]);
            Organization(settings, "modest", ["flood", "1", "2", "3"]);
            settings["Siro:Organizations:modest:Budget:MaxWait"] = "00:00:05";
            Organization(settings, "order", ["interactive", "batch", "background"]);
            settings["Clients:order-batch:Priority"] = "batch";
            settings["Clients:order-background:Priority"] = "background";
            Organization(settings, "killed", ["1", "2"]);
            foreach (var name in (string[])["paused", "refused"])
            {
                Organization(settings, name, ["1"]);
                settings[$"Siro:Organizations:{name}:Budget:MaxWait"] = "00:00:15";
            }

            Organization(settings, "small", ["1"]);
            settings["Siro:Organizations:small:Budget:Requests"] = "3";
            settings["Siro:Organizations:small:Budget:MaxWait"] = "00:00:01";
            return Task.CompletedTask;
        }

        private void Organization(Dictionary<string, string?> settings, string name, string[] clients)
        {
            var seeded = _organizations[name] = Emulator.State.Seed(name);
            settings[$"Siro:Organizations:{name}:OrganizationToken"] = seeded.Token;
            foreach (var client in clients)
            {
                GatewaySettings.Client(settings, $"{name}-{client}", KeyOf($"{name}-{client}"), ["external:read"], organization: name);
            }
        }

        private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
        {
            public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
        }
    }
}
