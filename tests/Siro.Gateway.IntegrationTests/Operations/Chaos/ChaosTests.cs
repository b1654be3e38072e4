using System.Diagnostics;
using System.Globalization;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Every fault under load: nothing that was acknowledged is lost, everything goes on by itself, and no gateway answers or prints anything
/// that it does not understand itself. A few are played with all other tests, the rest when they are asked for.
/// <c>SIRO_TEST_SCALE=10</c> makes each last longer.
/// </summary>
[Trait("Category", "Chaos")]
[Long]
public sealed class ChaosTests(ChaosFixture fixture) : IClassFixture<ChaosFixture>
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Telling =>
    [
        "a gateway is killed and started again", "the store is killed and started again", "the store is read-only",
        "the store is full", "Siro does it and fails to say so", "a clock is set an hour forward",
    ];

    public static TheoryData<string> Others =>
        [.. ChaosFaults.All.Select(f => f.Name).Except(Telling.Select(t => t.Data), StringComparer.Ordinal)];

    public static TheoryData<string, string> Meeting
    {
        get
        {
            // Any two at different places, by the seed.
#pragma warning disable RS0030 // The same again by its seed.
            var chance = new Random(TestScale.Seed ?? 1);
#pragma warning restore RS0030
            var pairs = new TheoryData<string, string>();
            while (pairs.Count < 6)
            {
                var both = Enumerable.Range(0, 2).Select(_ => ChaosFaults.All[chance.Next(ChaosFaults.All.Count)]).ToList();
                var (first, second) = (both[0], both[1]);
                if (first.Where != second.Where && !both.Any(f => f.Where == "everything"))
                {
                    pairs.Add(first.Name, second.Name);
                }
            }

            return pairs;
        }
    }

    private static TimeSpan Hold => TimeSpan.FromSeconds(TestScale.Factor >= 10 ? 15 : 3);

    [Theory]
    [MemberData(nameof(Telling))]
    public Task Nothing_acknowledged_is_lost_and_all_recovers_by_itself(string fault) => PlayAsync(fault);

    [Theory]
    [MemberData(nameof(Others))]
    [Trait("Category", "Long")]
    public Task Nor_is_anything_by_any_other_fault(string fault) => PlayAsync(fault);

    [Theory]
    [MemberData(nameof(Meeting))]
    [Trait("Category", "Long")]
    public Task Nor_by_two_faults_that_meet(string first, string second) => PlayAsync(first, second);

    private async Task PlayAsync(params string[] names)
    {
        var faults = names.Select(ChaosFaults.Named).ToList();
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        Assert.SkipWhen(faults.Any(f => f.NeedsMounts) && PrivateMounts.Missing is not null, PrivateMounts.Missing ?? "");
        if (fixture.Broken)
        {
            fixture.Load.Forget();
        }

        fixture.Broken = true;
        await fixture.Load.RecoveredAsync(Stopwatch.GetTimestamp(), TimeLimit);
        var both = string.Join(" while ", names);
        var (done, refused) = (new Figures(fixture.Load.Acknowledged), new Figures(fixture.Load.Refusals));

        await Task.WhenAll(faults.Select(f => f.Play(fixture, () => ChaosFaults.WaitAsync(Hold))));

        var over = Stopwatch.GetTimestamp();
        await fixture.Load.RecoveredAsync(over, TimeLimit);
        var recovered = Stopwatch.GetElapsedTime(over).TotalSeconds;
        await fixture.Load.SettledAsync(TimeLimit);
        var settled = Stopwatch.GetElapsedTime(over).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{both}: all works after {recovered:0.0} s, all acknowledged is done after {settled:0.0} s; {done}; refused: {refused}"));
        fixture.AssertSound();
        fixture.Broken = false;
    }

    /// <summary>What was counted since it was made.</summary>
    private sealed class Figures(IReadOnlyDictionary<string, int> counts)
    {
        private readonly Dictionary<string, int> _before = counts.ToDictionary(StringComparer.Ordinal);

        public override string ToString()
        {
            var more = counts.Select(c => (c.Key, Count: c.Value - _before.GetValueOrDefault(c.Key)))
                .Where(c => c.Count > 0)
                .OrderByDescending(c => c.Count);
            return string.Join(", ", more.Select(c => $"{c.Key} {c.Count}")) is { Length: > 0 } text ? text : "nothing";
        }
    }
}
