using Siro.Gateway.Budget;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Budget;

/// <summary>
/// Fleets by seed under more demand than there is room for: never more than the limit, and nobody starves. <c>SIRO_PROPERTY_SEED</c>
/// plays others, <c>SIRO_TEST_SCALE</c> more.
/// </summary>
public sealed class BudgetStarvationTests(SimulationServer server) : IClassFixture<SimulationServer>
{
    private const int Windows = 10;

    private static readonly int First = TestScale.Seed ?? 500;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(First, 8 * TestScale.Factor)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_wants_its_share_gets_it_whatever_the_others_want(int seed)
    {
        var random = Random(seed);
        var (sim, limit) = Start(seed, random);
        var clients = Enumerable.Range(0, random.Next(2, 6)).Select(n => (Name: "c" + n, Weight: (double)random.Next(1, 5))).ToList();
        var shares = clients.ToDictionary(c => c.Name, c => limit * c.Weight / clients.Sum(o => o.Weight), StringComparer.Ordinal);
        var span = Windows * (double)sim.Rule.WindowMs;
        foreach (var (name, weight) in clients)
        {
            // From a little more than its share to five times as much.
            var perSecond = shares[name] * (1.2 + (random.NextDouble() * 4)) / (sim.Rule.WindowMs / 1000.0);
            foreach (var replica in sim.Replicas)
            {
                sim.Traffic(replica, name, perSecond / sim.Replicas.Count, 0, span, weight: weight);
            }
        }

        sim.Run(span);

        Assert.InRange(sim.MostInAnyWindow(), 0, limit);
        foreach (var (name, share) in shares)
        {
            var got = sim.ClientOf(name).ArrivedAt.Count(t => t >= sim.Rule.WindowMs && t < span) / (share * (Windows - 1));
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {got:0.00} of its share of {share:0.0} of {limit}");
            Assert.True(got >= 0.75, $"seed {seed}: {name} got {got:0.00} of its share of {share:0.0} in {sim.Rule.WindowMs} ms");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_kind_of_work_starves_another(int seed)
    {
        var random = Random(seed);
        var (sim, limit) = Start(seed, random);
        var span = Windows * (double)sim.Rule.WindowMs;
        foreach (var kind in new[] { FlowClass.Interactive, FlowClass.Batch, FlowClass.Background })
        {
            foreach (var replica in sim.Replicas)
            {
                var perSecond = limit * (1 + (random.NextDouble() * 3)) / (sim.Rule.WindowMs / 1000.0);
                sim.Traffic(replica, kind.ToString(), perSecond / sim.Replicas.Count, 0, span, kind);
            }
        }

        sim.Run(span);

        Assert.InRange(sim.MostInAnyWindow(), 0, limit);
        foreach (var (name, client) in sim.Clients)
        {
            var got = client.ArrivedAt.Count(t => t >= sim.Rule.WindowMs && t < span) / (double)(limit * (Windows - 1));
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {got:0.000} of {limit}");
            Assert.True(got >= 0.03, $"seed {seed}: {name} got {got:0.000} of {limit} in {sim.Rule.WindowMs} ms");
        }
    }

    private static Random Random(int seed)
    {
#pragma warning disable RS0030 // The seed is the point.
        return new Random(seed);
#pragma warning restore RS0030
    }

    private (BudgetSimulation Sim, int Limit) Start(int seed, Random random)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        var limit = random.Next(40, 150);
        var sim = new BudgetSimulation(server.Connection!.GetDatabase(), seed, limit, random.Next(3, 9));
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            sim.AddReplica(i * 30_000);
        }

        return (sim, limit);
    }
}
