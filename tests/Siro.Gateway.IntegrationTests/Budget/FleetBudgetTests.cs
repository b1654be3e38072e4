using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Siro.Emulator;
using Siro.Emulator.Access;
using Siro.Emulator.Faults;
using Siro.Emulator.Limits;
using Siro.Emulator.Roster;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>
/// Three replicas in real time, by the emulator's own count of arrivals: 60 in 6 seconds for each Siro token (the real limit's shape,
/// a hundredth of its length in requests times time). Every organization has a token of its own, so the scenarios run side by side.
/// The replicas' wall clocks differ by half a minute each.
/// </summary>
public sealed class FleetBudgetTests(FleetBudgetTests.Fleet fleet) : IClassFixture<FleetBudgetTests.Fleet>
{
    private const int Limit = 60;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task The_limit_is_used_and_never_overrun_and_shared_fairly()
    {
        var time = TestScale.Factor >= 10 ? 10 * Window : 3.5 * Window;
        var traffic = new FleetTraffic(TestContext.Current.CancellationToken);
        await using var doomed = await fleet.StartProcessAsync();
        using var doomedClient = doomed.CreateClient(Fleet.KeyOf("killed-1"));
        var keys = fleet.Gateways.Select((gateway, index) => (gateway, index)).ToArray();
        var start = Stopwatch.GetTimestamp();
        foreach (var (gateway, index) in keys)
        {
            // Five times the limit, 50 a second, in four equal parts.
            foreach (var client in (string[])["even-1", "even-2", "even-3", "even-4"])
            {
                traffic.Send(client, fleet.Client(gateway, client), 50.0 / 12, time);
            }

            // One that floods, three that use four fifths of their quarter.
            traffic.Send("modest-flood", fleet.Client(gateway, "modest-flood"), 44.0 / 3, time);
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
                traffic.Send("killed-2", fleet.Client(gateway, "killed-2"), 15, time);
            }
        }

        // A replica takes its share, holds twenty slots in requests that Siro does not answer, and is killed.
        fleet.Emulator.Faults.Add(new FaultRule { Host = "external", Path = "/v1/core/organizations", Stall = TimeSpan.FromSeconds(30) });
        traffic.Send("killed-1", doomedClient, 10, TimeSpan.FromSeconds(3));
        traffic.Send("killed-1", doomedClient, 7, TimeSpan.FromSeconds(3), "/external/v1/core/organizations");
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, TestContext.Current.CancellationToken);
        await doomed.Process.KillAsync();
        var killed = Stopwatch.GetTimestamp();

        await traffic.EndAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(traffic.Report());

        foreach (var organization in (string[])["even", "modest", "order", "killed"])
        {
            var arrivals = fleet.Arrivals(organization);
            var use = Use(arrivals, start + (long)(time.TotalSeconds * Stopwatch.Frequency));
            TestContext.Current.TestOutputHelper?.WriteLine($"{organization}: {arrivals.Count} arrivals, most in a window {Most(arrivals)}, use {use:0.000}");
            Assert.InRange(Most(arrivals), 1, Limit);
            if (organization is "even" or "modest" or "order")
            {
                Assert.InRange(use, 0.97, 1.02);
            }
        }

        // Fair among those that want more than there is; the modest lose nothing.
        var warm = Window.TotalSeconds;
        Assert.InRange(Fairness.Jain([.. Enumerable.Range(1, 4).Select(n => (double)traffic.Served($"even-{n}", warm))]), 0.95, 1);
        Assert.DoesNotContain(traffic.Answers, a => a.Client is "modest-1" or "modest-2" or "modest-3" && a.Status != HttpStatusCode.OK);

        // Priorities, with floors of a tenth and a twentieth.
        var order = new[] { "interactive", "batch", "background" }.Select(c => traffic.Served("order-" + c, warm, time.TotalSeconds)).ToArray();
        Assert.True(order[0] > 5 * order[1], string.Join(' ', order));
        Assert.InRange(order[1] / (double)order.Sum(), 0.06, 0.15);
        Assert.InRange(order[2] / (double)order.Sum(), 0.02, 0.10);

        // The heartbeat ends two seconds after the kill at the latest, a window later all is back.
        var back = killed + ((2 + Window.TotalSeconds + 0.3) * Stopwatch.Frequency);
        var later = fleet.Arrivals("killed").Count(a => a >= back && a < back + (Window.TotalSeconds * Stopwatch.Frequency));
        TestContext.Current.TestOutputHelper?.WriteLine($"after the killed replica's slots were back: {later} in a window");
        Assert.InRange(later, (int)(0.97 * Limit), Limit);
    }

    [Fact]
    public async Task A_store_that_loses_its_state_causes_no_excess()
    {
        var time = TimeSpan.FromSeconds(TestScale.Factor >= 10 ? 40 : 10);
        var traffic = new FleetTraffic(TestContext.Current.CancellationToken);
        foreach (var gateway in fleet.Gateways)
        {
            traffic.Send("lost-1", fleet.Client(gateway, "lost-1"), 15, time);
        }

        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, TestContext.Current.CancellationToken);
        await using (var admin = await ConnectionMultiplexer.ConnectAsync(fleet.Store.Configuration + ",allowAdmin=true"))
        {
            await admin.GetServers()[0].FlushAllDatabasesAsync();
        }

        await traffic.EndAsync();
        var arrivals = fleet.Arrivals("lost");
        TestContext.Current.TestOutputHelper?.WriteLine($"{traffic.Report()}\n{arrivals.Count} arrivals, most in a window {Most(arrivals)}");
        Assert.InRange(Most(arrivals), 1, Limit);
        Assert.True(arrivals.Count > Limit * 1.5, "the fleet went on after the loss");
    }

    [Fact]
    public async Task Past_the_time_to_wait_a_call_gets_429_with_whole_seconds_and_every_answer_says_what_is_left()
    {
        using var client = fleet.Client(fleet.Gateways[0], "small-1");
        var stopped = TestContext.Current.CancellationToken;
        for (var left = 2; left >= 0; left--)
        {
            using var answer = await client.GetAsync("/external/v1/core/users", stopped);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("\"client\";q=3;w=6", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
            Assert.Matches($"^\"client\";r={left};t=[0-9]$", Assert.Single(answer.Headers.GetValues("RateLimit")));
        }

        using var refused = await client.GetAsync("/external/v1/core/users", stopped);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("budget_exhausted", Assert.Single(refused.Headers.GetValues("Siro-Gateway-Error")));

        // A slot that was taken just now ends a window and a bucket later, in whole seconds rounded up.
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 7);

        using var me = JsonDocument.Parse(await client.GetStringAsync("/v1/me", stopped));
        var budget = me.RootElement.GetProperty("budget").GetProperty("organization");
        Assert.Equal((3, 0), (budget.GetProperty("limit").GetInt32(), budget.GetProperty("remaining").GetInt32()));
    }

    [Fact]
    public async Task A_429_of_Siro_pauses_the_fleet_and_the_call_is_sent_again()
    {
        using var first = fleet.Client(fleet.Gateways[0], "paused-1");
        using var second = fleet.Client(fleet.Gateways[1], "paused-1");
        var stopped = TestContext.Current.CancellationToken;
        (await first.GetAsync("/external/v1/core/teams", stopped)).Dispose();
        (await second.GetAsync("/external/v1/core/teams", stopped)).Dispose();
        var before = fleet.Arrivals("paused").Count;
        fleet.Emulator.Faults.Add(new FaultRule
        {
            Host = "external", Path = "/v1/core/groups", Times = 1, Status = 429, Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Retry-After"] = "3" },
        });

        var again = first.GetAsync("/external/v1/core/groups", stopped);

        // The others hear of it with their next heartbeat.
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, stopped);
        var other = second.GetAsync("/external/v1/core/teams", stopped);
        Assert.NotEqual(HttpStatusCode.TooManyRequests, (await again).StatusCode);
        (await other).Dispose();
        var arrivals = fleet.Arrivals("paused").Skip(before).Select(a => a / (double)Stopwatch.Frequency).ToArray();
        Assert.Equal(3, arrivals.Length);
        Assert.All(arrivals[1..], a => Assert.InRange(a - arrivals[0], 2.9, 5));
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
            Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
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
            settings["Budget:Requests"] = "60";
            settings["Budget:WindowSeconds"] = "6";
            settings["Budget:MaxWait"] = "00:00:05";
            settings["Budget:ReplicaTimeout"] = "00:00:02";
            Organization(settings, "even", ["1", "2", "3", "4"]);
            Organization(settings, "modest", ["flood", "1", "2", "3"]);
            Organization(settings, "order", ["interactive", "batch", "background"]);
            settings["Clients:order-batch:Priority"] = "batch";
            settings["Clients:order-background:Priority"] = "background";
            Organization(settings, "killed", ["1", "2"]);
            Organization(settings, "lost", ["1"]);
            settings["Siro:Organizations:lost:Budget:MaxWait"] = "00:00:02";
            Organization(settings, "paused", ["1"]);
            Organization(settings, "small", ["1"]);
            settings["Siro:Organizations:small:Budget:Requests"] = "3";
            settings["Siro:Organizations:small:Budget:MaxWait"] = "00:00:00";
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
