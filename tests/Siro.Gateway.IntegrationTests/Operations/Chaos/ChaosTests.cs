using System.Globalization;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Operations.Chaos;

/// <summary>
/// Every fault under load: nothing that was acknowledged is lost, everything goes on by itself, and no gateway answers or prints anything
/// that it does not understand itself. <c>SIRO_TEST_SCALE=10</c> makes each last as long as it may in life.
/// </summary>
[Trait("Category", "Chaos")]
public sealed class ChaosTests(ChaosFixture fixture) : IClassFixture<ChaosFixture>
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(TestScale.Factor >= 10 ? 15 : 2);

    public static TheoryData<string> Faults => [.. ChaosFaults.All.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Nothing_acknowledged_is_lost_and_all_recovers_by_itself(string fault)
    {
        Assert.SkipWhen(StoreServer.RedisMissing is not null, StoreServer.RedisMissing ?? "");
        Assert.True(fixture.Broken is null, $"What '{fixture.Broken}' broke has not recovered.");
        fixture.Broken = "nothing";
        await fixture.Load.RecoveredAsync(0, TimeSpan.FromSeconds(60));
        fixture.Broken = fault;
        var before = Counts();

        await ChaosFaults.All[fault](fixture, Hold);

        var over = TimeProvider.System.GetTimestamp();
        await fixture.Load.RecoveredAsync(over, TimeSpan.FromSeconds(90));
        var recovered = TimeProvider.System.GetElapsedTime(over).TotalSeconds;
        await fixture.Load.SettledAsync(TimeSpan.FromSeconds(90));
        var settled = TimeProvider.System.GetElapsedTime(over).TotalSeconds;
        var after = Counts();
        var (done, refused) = (Difference(before.Acknowledged, after.Acknowledged), Difference(before.Refused, after.Refused));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault}: all works {recovered:0.0} s after it, all acknowledged is done after {settled:0.0} s; {done}; refused: {refused}"));
        fixture.Broken = null;
        fixture.KeepAll();
        Assert.Empty(fixture.Printed);
        Assert.DoesNotContain(fixture.Load.Refusals.Keys, r => r.Contains("internal_error", StringComparison.Ordinal));
    }

    private (Dictionary<string, int> Acknowledged, Dictionary<string, int> Refused) Counts() =>
        (fixture.Load.Acknowledged.ToDictionary(StringComparer.Ordinal), fixture.Load.Refusals.ToDictionary(StringComparer.Ordinal));

    private static string Difference(Dictionary<string, int> before, Dictionary<string, int> after)
    {
        var more = after.Select(a => (a.Key, Count: a.Value - before.GetValueOrDefault(a.Key)))
            .Where(a => a.Count > 0)
            .OrderByDescending(a => a.Count);
        return string.Join(", ", more.Select(a => $"{a.Key} {a.Count}")) is { Length: > 0 } text ? text : "nothing";
    }
}
