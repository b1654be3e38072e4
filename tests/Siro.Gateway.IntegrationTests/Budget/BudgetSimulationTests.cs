using Siro.Gateway.Budget;
using Siro.Gateway.Common;
using Siro.Gateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>The rules, in simulated time (see <see cref="BudgetSimulation"/>): 60 in 6 seconds.</summary>
public sealed class BudgetSimulationTests : IClassFixture<SimulationServer>
{
    private readonly SimulationServer _server;
    private readonly ConnectionMultiplexer _connection;

    public BudgetSimulationTests(SimulationServer server)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        _server = server;
        _connection = server.Connection!;
    }

    [Fact]
    public void Three_replicas_under_five_times_the_demand_use_the_limit_and_never_more()
    {
        var sim = Start(1, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            foreach (var client in (string[])["a", "b", "c", "d"])
            {
                sim.Traffic(replica, client, 50.0 / 12, 0, 60_000);
            }
        }

        sim.Run(70_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.97, 1.02);
        Assert.InRange(Jain(sim.Clients.Values.Select(c => (double)c.Arrived)), 0.95, 1);

        // Three thousand calls wait or are refused meanwhile: no storm of questions.
        Assert.InRange(sim.StoreCalls / (double)sim.Arrivals.Count, 0, 2);
    }

    [Fact]
    public void Each_refusal_of_Siro_that_follows_another_closes_the_window_for_longer_up_to_its_length()
    {
        var sim = Start(20, replicas: 0, limit: 1000, windowSeconds: 60);
        var pauses = new List<double>();
        for (var n = 0; n < 9; n++)
        {
            pauses.Add(sim.Close("op" + n, jitter: 0));

            // Those that were on their way when it closed, and a repeated command, change nothing.
            Assert.InRange(sim.Close("op" + n, jitter: 500) - pauses[^1], -1, 0);
            Assert.InRange(sim.Close("late" + n, jitter: 500) - pauses[^1], -1, 1);
            sim.Run(sim.Now + pauses[^1] + 100);
        }

        Assert.Equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000], pauses);
        Assert.InRange(sim.Close("jitter", jitter: 1000), 60_000, 90_000);
        sim.Run(sim.Now + 200_000);
        Assert.Equal(1000, sim.Close("quiet for long", jitter: 0));
        sim.Run(sim.Now + 2000);
        Assert.Equal(7000, sim.Close("told", jitter: 0, retryAfter: 7000));
    }

    [Fact]
    public Task The_store_grants_closes_and_tells_the_fleet() => ConformsAsync(_server.Configuration);

    private static async Task ConformsAsync(string configuration)
    {
        var stopped = TestContext.Current.CancellationToken;
        await using var harness = new StoreHarness(configuration);
        var fleet = new Fleet("one", TimeSpan.FromSeconds(30));
        var store = new RedisBudgetStore(harness.Store, fleet, harness.Randomness);
        var rule = new BudgetRule(10, 60_000, TimeSpan.FromSeconds(10), 0, 1000);
        var ledger = new TokenLedger("token", rule, fleet);
        var beat = await store.HeartbeatAsync("", away: false, 0, leave: false, stopped);
        Assert.Equal((1, 0), (beat.Replicas, beat.Loads.Count));
        fleet.Heard(0, 0, beat.Epoch, beat.Replicas);

        var flow = ledger.FlowOf(new ClientName("client"), FlowClass.Interactive, 1, 0);
        for (var i = 0; i < 15; i++)
        {
            Assert.NotNull(ledger.Enqueue(flow, 0));
        }

        var served = new List<Waiter>();
        var call = ledger.Pump(0, served, out _)!;
        var reply = await store.ExchangeAsync(call, stopped);
        ledger.Apply(call, reply, 0, served);
        Assert.Equal((10, 5, 0), (served.Count, ledger.Waiting, reply.Free));

        Assert.InRange(await store.CloseAsync("token", rule, TimeSpan.FromSeconds(20), stopped), 20_000, 60_000);
        beat = await store.HeartbeatAsync(beat.Epoch, away: false, beat.Beats, leave: false, stopped);
        Assert.Equal(("token", 10), (Assert.Single(beat.Loads).Key, beat.Loads["token"]));
        Assert.InRange(Assert.Single(beat.Closed).For, 1, 60_000);
        Assert.Equal("token", Assert.Single(beat.Pressed));
        Assert.Equal(0, (await store.HeartbeatAsync(beat.Epoch, away: false, beat.Beats, leave: true, stopped)).Replicas);
    }

    /// <summary>On a cluster a script is refused that touches a key of another slot, or one that was not named.</summary>
    [Theory]
    [InlineData("Garnet")]
    [InlineData("Redis Cluster")]
    public async Task The_scripts_run_elsewhere_as_they_do_on_Redis(string store)
    {
        await using StoreServer server = store == "Garnet" ? await GarnetPool.TakeAsync() : await RedisCluster.StartAsync();
        await ConformsAsync(server.Configuration);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        var sim = new BudgetSimulation(connection.GetDatabase(), seed: 12);
        for (var i = 0; i < 3; i++)
        {
            var replica = sim.AddReplica(i * 30_000);
            sim.Traffic(replica, "a", 8, 0, 24_000);
            sim.Traffic(replica, "b", 8, 0, 24_000, FlowClass.Batch);
        }

        sim.At(8_000, sim.Replicas[2].Kill);
        sim.At(16_000, sim.LoseState);
        sim.Run(26_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 24_000), 0.75, 1.02);
    }

    [Fact]
    public void A_flooding_client_takes_nothing_from_three_modest_ones()
    {
        var sim = Start(2, replicas: 3);
        sim.Impatient = 0;
        foreach (var replica in sim.Replicas)
        {
            // 50 a second, five times the limit, against a share of 2.5 each of which the modest use 2.
            sim.Traffic(replica, "flood", 50.0 / 3, 0, 60_000);
            foreach (var client in (string[])["a", "b", "c"])
            {
                sim.Traffic(replica, client, 2.0 / 3, 0, 60_000);
            }
        }

        sim.Run(72_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.97, 1.02);
        foreach (var client in (string[])["a", "b", "c"])
        {
            Assert.Equal(0, sim.Clients[client].Refused);
        }
    }

    [Fact]
    public void At_a_thousand_a_minute_modest_clients_lose_nothing_from_the_first_second_on()
    {
        var sim = Start(11, replicas: 3, limit: 1000, windowSeconds: 60);
        sim.Impatient = 0;
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "flood", 5 * 1000 / 60.0 / 3, 0, 180_000);
            foreach (var client in (string[])["a", "b", "c"])
            {
                sim.Traffic(replica, client, 1, 0, 180_000);
            }
        }

        sim.Run(190_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 1000);
        Assert.InRange(sim.Use(0, 180_000), 0.97, 1.02);
        foreach (var client in (string[])["a", "b", "c"])
        {
            Assert.Equal(0, sim.Clients[client].Refused);
        }
    }

    [Fact]
    public void A_client_that_comes_late_gets_its_share_from_one_that_floods()
    {
        var sim = Start(3, replicas: 2);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "flood", 25, 0, 60_000);
            sim.Traffic(replica, "late", 25, 18_000, 60_000);
        }

        sim.Run(72_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.97, 1.02);
        var after = new[] { "flood", "late" }.Select(c => (double)sim.Clients[c].ArrivedAt.Count(t => t > 26_000 && t < 60_000));
        Assert.InRange(Jain(after), 0.95, 1);
    }

    [Fact]
    public void Shares_follow_the_weights()
    {
        var sim = Start(4, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "one", 10, 0, 60_000);
            sim.Traffic(replica, "two", 10, 0, 60_000, weight: 2);
            sim.Traffic(replica, "three", 10, 0, 60_000, weight: 3);
        }

        sim.Run(72_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        var by = new[] { ("one", 1), ("two", 2), ("three", 3) }.Select(
            c => sim.Clients[c.Item1].ArrivedAt.Count(t => t < 60_000) / (double)c.Item2);
        Assert.InRange(Jain(by), 0.98, 1);
    }

    [Fact]
    public void Interactive_goes_before_batch_before_background_and_none_starves()
    {
        var sim = Start(5, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "people", 10, 0, 60_000);
            sim.Traffic(replica, "files", 10, 0, 60_000, FlowClass.Batch);
            sim.Traffic(replica, "sweep", 10, 0, 60_000, FlowClass.Background);
        }

        sim.Run(72_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.97, 1.02);
        double Part(string client) => sim.Clients[client].ArrivedAt.Count(t => t > 6000 && t < 60_000) / 540.0;
        Assert.InRange(Part("people"), 0.80, 0.88);
        Assert.InRange(Part("files"), 0.08, 0.13);
        Assert.InRange(Part("sweep"), 0.04, 0.08);
    }

    [Fact]
    public void Slots_of_a_killed_replica_are_back_one_window_after_its_heartbeat_ended()
    {
        var sim = Start(6, replicas: 2);
        sim.SlowestAnswer = 4000;
        sim.Traffic(sim.Replicas[0], "a", 30, 0, 60_000);
        sim.Traffic(sim.Replicas[1], "b", 30, 0, 60_000);
        sim.At(12_000, sim.Replicas[0].Kill);
        sim.Run(60_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);

        // Dead at 12 s, heartbeat over at 14 s at the latest, all slots back at 20 s: answers take 2 s on average, so a slot serves 8 s.
        Assert.InRange(sim.Use(22_000, 58_000), 0.97 * 6 / 8, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_replica_holds_unused_is_free_at_once_when_it_ends_and_a_window_later_when_it_is_killed(bool ends)
    {
        var sim = Start(17, replicas: 2);
        sim.Traffic(sim.Replicas[0], "a", 2, 0, 5_950);
        var unused = 0;
        sim.At(6_000, () =>
        {
            unused = sim.Replicas[0].Ledger.Unused;
            if (ends)
            {
                sim.Replicas[0].End();
            }
            else
            {
                sim.Replicas[0].Kill();
            }
        });
        sim.Traffic(sim.Replicas[1], "b", 100, 6_200, 9_000);
        sim.Run(15_000);
        Report(sim);

        // Whatever the first had used still counts; all the rest is there, but for what died in its hands.
        var window = sim.Arrivals.Count(t => t >= 1_400 && t < 7_400);
        Assert.InRange(unused, 4, 30);
        Assert.InRange(window, ends ? 58 : 30, ends ? 60 : 60 - unused);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
    }

    [Fact]
    public void A_store_that_lost_its_state_causes_no_excess()
    {
        var sim = Start(7, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "a", 8, 0, 60_000);
            sim.Traffic(replica, "b", 8, 0, 60_000);
        }

        sim.At(15_300, sim.LoseState);
        sim.At(31_000, sim.LoseState);
        sim.Run(70_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 60_000), 0.9, 1.02);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_store_that_forgets_what_a_killed_replica_used_causes_no_excess(bool killedBefore, bool others)
    {
        var sim = Start(18, replicas: 3);
        sim.Traffic(sim.Replicas[0], "a", 100, 6_000, 9_000);
        foreach (var replica in sim.Replicas.Skip(1))
        {
            sim.Traffic(replica, "b", others ? 20 : 0.01, 0, 3_000);
            sim.Traffic(replica, "c", 40, 9_500, 40_000);
        }

        sim.At(killedBefore ? 8_600 : 9_450, sim.Replicas[0].Kill);
        sim.At(9_400, sim.LoseState);
        sim.Run(45_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(22_000, 40_000), 0.97, 1.02);
    }

    /// <summary>The first to come back used to miss the others, and held back what all had used a second time.</summary>
    [Fact]
    public void Where_all_come_back_nobody_waits_longer_than_the_pause()
    {
        var sim = Start(20, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            // Seven tenths of the limit.
            sim.Traffic(replica, "a", 7.0 / 3, 0, 30_000);
        }

        sim.At(12_000, sim.LoseState);
        sim.Run(40_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Clients["a"].LongestWait, 0, 4_500);
    }

    [Fact]
    public void Where_little_was_used_a_missing_replica_holds_nobody_up()
    {
        var sim = Start(19, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "a", 0.5, 0, 40_000);
        }

        sim.At(9_000, sim.Replicas[0].Kill);
        sim.At(10_000, sim.LoseState);
        sim.Run(45_000);
        Report(sim);

        // Nothing is granted for the life of a heartbeat, as after any loss.
        Assert.InRange(sim.Clients["a"].LongestWait, 0, 3_500);
    }

    [Fact]
    public void Without_the_store_replicas_keep_within_the_limit_together()
    {
        var sim = Start(8, replicas: 3);
        sim.Traffic(sim.Replicas[0], "a", 40, 0, 60_000);
        sim.Traffic(sim.Replicas[1], "b", 2, 0, 60_000);
        sim.Traffic(sim.Replicas[2], "b", 10, 20_000, 60_000);
        sim.At(14_000, () => sim.StoreDown = true);
        sim.At(40_000, () => sim.StoreDown = false);
        sim.Run(70_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(28_000, 40_000), 0.6, 1);
        Assert.InRange(sim.Use(48_000, 60_000), 0.97, 1.02);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void When_the_store_leaves_after_uneven_use_the_others_leave_room_for_what_was_used(bool knew)
    {
        var sim = Start(13, replicas: 3);
        sim.Traffic(sim.Replicas[0], "a", 100, 9_000, 40_000);
        foreach (var replica in sim.Replicas.Skip(1))
        {
            if (knew)
            {
                // Knows the token, and heard of it when there was room.
                sim.Traffic(replica, "b", 1, 0, 1_500);
            }

            sim.Traffic(replica, "b", 40, 12_500, 40_000);
        }

        sim.At(12_000, () => sim.StoreDown = true);
        sim.Run(45_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(28_000, 40_000), 0.9, 1);
    }

    [Fact]
    public void What_was_not_used_is_there_at_once_when_the_store_leaves()
    {
        var sim = Start(14, replicas: 3);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "a", 20, 12_500, 14_500);
        }

        sim.At(12_000, () => sim.StoreDown = true);
        sim.Run(20_000);
        Report(sim);

        // An eighth may have been taken without word of it, and the rest is divided at once.
        Assert.InRange(sim.Arrivals.Count(t => t < 14_500), 45, 60);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
    }

    [Fact]
    public void Replicas_that_start_without_the_store_divide_by_as_many_as_are_expected()
    {
        var sim = new BudgetSimulation(_connection.GetDatabase(), 15) { StoreDown = true };
        for (var i = 0; i < 3; i++)
        {
            sim.Traffic(sim.AddReplica(i * 30_000, expected: 3), "a", 20, 0, 40_000);
        }

        sim.At(20_000, () => sim.StoreDown = false);
        sim.Run(45_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Use(0, 18_000), 0.9, 1);
        Assert.InRange(sim.Use(28_000, 40_000), 0.9, 1.02);
    }

    [Fact]
    public void A_newcomer_gets_nothing_in_the_first_moment_of_a_store_that_forgot_when_it_expects_company()
    {
        var sim = new BudgetSimulation(_connection.GetDatabase(), 16);
        for (var i = 0; i < 3; i++)
        {
            // Enough to fill the window; then quiet, so that nobody tells the store at once what was used.
            sim.Traffic(sim.AddReplica(expected: 3), "a", 20, 4_000, 4_950);
        }

        sim.At(8_050, () =>
        {
            sim.LoseState();
            sim.Traffic(sim.AddReplica(expected: 3), "b", 60, 8_051, 20_000);
        });
        sim.Run(25_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.True(sim.Clients["b"].Arrived > 60);
    }

    [Fact]
    public void A_replica_that_is_alone_goes_on_at_once_when_the_store_is_away()
    {
        var sim = Start(9, replicas: 1);
        sim.Traffic(sim.Replicas[0], "a", 5, 0, 60_000);
        sim.At(10_000, () => sim.StoreDown = true);
        sim.At(40_000, () => sim.StoreDown = false);
        sim.Run(70_000);
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, 60);
        Assert.InRange(sim.Clients["a"].Refused, 0, 2);
        Assert.InRange(sim.Clients["a"].LongestWait, 0, 1500);
    }

    [Fact]
    public void Far_below_the_limit_few_requests_need_the_store()
    {
        var sim = Start(10, replicas: 2, limit: 1000, windowSeconds: 60);
        foreach (var replica in sim.Replicas)
        {
            sim.Traffic(replica, "a", 2, 0, 120_000);
            sim.Traffic(replica, "b", 1, 0, 120_000);
        }

        sim.Run(120_000);
        Report(sim);
        Assert.InRange(sim.StoreCalls / (double)sim.Arrivals.Count, 0, 0.12);
        Assert.Equal(0, sim.Clients.Values.Sum(c => c.Refused));
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(100, TestScale.Factor >= 10 ? 300 : 12)];

    /// <summary>
    /// The property: whatever is lost, late, done twice, killed, stopped or forgotten, no window has more than the limit.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_course_of_events_brings_more_than_the_limit_into_a_window(int seed)
    {
#pragma warning disable RS0030 // The seed is the point.
        var random = new Random(seed);
#pragma warning restore RS0030
        var limit = random.Next(1, 120);
        var sim = Start(seed, replicas: random.Next(1, 5), limit, windowSeconds: random.Next(1, 8));
        sim.Lost = random.Next(20);
        sim.AnswerLost = random.Next(20);
        sim.Late = random.Next(20);
        sim.Twice = random.Next(50);
        sim.SlowestAnswer = random.Next(5, 2000);
        var rate = limit * 1000.0 / sim.Rule.WindowMs;
        foreach (var replica in sim.Replicas)
        {
            for (var client = 0; client < 3; client++)
            {
                var from = random.Next(20_000);
                sim.Traffic(replica, "c" + client, Math.Min(60, rate * (0.05 + random.NextDouble())), from, from
                    + random.Next(5_000, 30_000), (FlowClass)random.Next(0, 4), 1 + client);
            }
        }

        for (var i = random.Next(3); i > 0; i--)
        {
            var hit = sim.Replicas[random.Next(sim.Replicas.Count)];
            var time = random.Next(3_000, 30_000);
            var what = random.Next(4);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{time}: {what switch { 0 => "kill", 1 => "pause", 2 => "lose", _ => "join" }} {hit.Fleet.Replica}");
            switch (what)
            {
                case 0:
                    sim.At(time, hit.Kill);
                    break;
                case 1:
                    sim.At(time, () => hit.Pause(random.Next(100, 8_000)));
                    break;
                case 2:
                    sim.At(time, sim.LoseState);
                    break;
                default:
                    sim.At(time, () => sim.AddReplica(-50_000));
                    break;
            }
        }

        sim.Run(45_000);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"limit {limit} in {sim.Rule.WindowMs}, {sim.Replicas.Count} replicas, slowest {sim.SlowestAnswer}, most "
            + $"{sim.MostInAnyWindow()} in {sim.Worst}");
        Report(sim);
        Assert.InRange(sim.MostInAnyWindow(), 0, limit);
    }

    private BudgetSimulation Start(int seed, int replicas, int limit = 60, int windowSeconds = 6)
    {
        var sim = new BudgetSimulation(_connection.GetDatabase(), seed, limit, windowSeconds);
        for (var i = 0; i < replicas; i++)
        {
            sim.AddReplica(i * 30_000);
        }

        return sim;
    }

    private static double Jain(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return Math.Pow(all.Sum(), 2) / (all.Length * all.Sum(v => v * v));
    }

    private static void Report(BudgetSimulation sim)
    {
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"arrivals {sim.Arrivals.Count}, most {sim.MostInAnyWindow()}, calls {sim.StoreCalls}");
        foreach (var (name, c) in sim.Clients)
        {
            output?.WriteLine(
                $"{name}: sent {c.Sent} arrived {c.Arrived} refused {c.Refused} longest wait {c.LongestWait:0} at {c.LongestWaitAt:0}");
        }
    }
}
