using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>
/// Tests are as true on a busy machine as on a quiet one: none sleeps to let something happen, none asserts how fast something was or
/// how much it allocated. Speed and memory are the benchmarks' matter.
/// </summary>
public sealed partial class TestTimeConventions
{
    private const string Loop = "the pause between two looks at a condition, which has a bound";
    private const string Fault = "plays a party that is slow or does not answer until it is hung up on";
    private const string Kill = "the moment of a kill or restart is to fall anywhere";
    private const string Traffic = "the pace of callers who go on until they are told to stop";
    private const string Expiry = "something expires by the store's or Siro's own clock, which no test moves";

    /// <summary>Files that wait for real time, and why each must.</summary>
    private static readonly Dictionary<string, string> Waiting = new(StringComparer.Ordinal)
    {
        ["Siro.Gateway.IntegrationTests/Access/BearerTests.cs"] = Expiry,
        ["Siro.Gateway.IntegrationTests/Attacks/Refusals/RefusalClients.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Budget/BudgetOutageTests.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Budget/FleetBudgetTests.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Budget/FleetTraffic.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Calls/CallKillTests.cs"] = Kill,
        ["Siro.Gateway.IntegrationTests/Calls/FetchTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Calls/NotReadyTests.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Credentials/FleetTests.cs"] = Expiry,
        ["Siro.Gateway.IntegrationTests/Emulator/CredentialTests.cs"] = Expiry,
        ["Siro.Gateway.IntegrationTests/Emulator/EmulatorTest.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Infrastructure/GarnetServer.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Infrastructure/NginxServer.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Infrastructure/RedisServer.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Infrastructure/StoreServer.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Infrastructure/TcpRelay.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Infrastructure/Until.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Operations/Balancer.cs"] = Loop,
        ["Siro.Gateway.IntegrationTests/Operations/Chaos/ChaosFaults.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Operations/Chaos/ChaosLoad.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Operations/RollingLoad.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Operations/RollingRestartTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Proxy/UpstreamTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Recordings/GapTests.cs"] = Traffic,
        ["Siro.Gateway.IntegrationTests/Store/StoreChild.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Store/StoreConformance.Fairness.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Store/StoreConformance.Leases.cs"] = Expiry,
        ["Siro.Gateway.IntegrationTests/Store/StoreConformance.Processes.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Store/StoreConformance.Worker.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Uploads/KillTests.cs"] = Kill,
        ["Siro.Gateway.IntegrationTests/Uploads/SlowCallersTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Uploads/StalledCallersTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Deliveries/Chaos.cs"] = Kill,
        ["Siro.Gateway.IntegrationTests/Events/EventTests.cs"] = Fault,
        ["Siro.Gateway.IntegrationTests/Events/LogTests.cs"] = Fault,
    };

    /// <summary>
    /// Files that compare a time that passed. None says "no longer than": a busy machine can't break "no earlier" or "no more often".
    /// </summary>
    private static readonly Dictionary<string, string> Comparing = new(StringComparer.Ordinal)
    {
        ["Siro.Gateway.IntegrationTests/Infrastructure/Until.cs"] = "the deadline of a wait for a condition",
        ["Siro.Gateway.IntegrationTests/Deliveries/Chaos.cs"] = "the deadline of a wait for a condition",
        ["Siro.Gateway.IntegrationTests/Events/EventTests.cs"] = "a rate: no earlier",
        ["Siro.Gateway.IntegrationTests/Events/LogTests.cs"] = "Retry-After: no earlier",
    };

    [Fact]
    public void No_test_waits_for_real_time_unless_it_must() => Assert.Empty(Where(Wait()).Except(Waiting.Keys));

    [Fact]
    public void No_test_asserts_how_long_something_took() => Assert.Empty(Where(Took()).Except(Comparing.Keys));

    /// <summary>Only the soak, which runs when it is asked for, compares a process's memory with its own of minutes before.</summary>
    [Fact]
    public void No_test_asserts_memory() =>
        Assert.Empty(Where(Memory()).Except(["Siro.Gateway.IntegrationTests/Operations/Chaos/SoakTests.cs"]));

    /// <summary>Every test source with a line that matches, but for benchmarks and this file.</summary>
    private static IEnumerable<string> Where(Regex line)
    {
        var tests = Path.Combine(RepositoryFiles.Root, "tests");
        return (from project in new[] { "Siro.Gateway.Tests", "Siro.Gateway.IntegrationTests" }
               from file in Directory.EnumerateFiles(Path.Combine(tests, project), "*.cs", SearchOption.AllDirectories)
               let name = Path.GetRelativePath(tests, file).Replace('\\', '/')
               where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
               where !name.EndsWith(nameof(TestTimeConventions) + ".cs", StringComparison.Ordinal)
               where File.ReadLines(file).Any(l => line.IsMatch(l))
               select name).Order(StringComparer.Ordinal);
    }

    /// <summary>A delay on a clock of the test's own is none.</summary>
    [GeneratedRegex(
        @"Task\.Delay\((.*TimeProvider\.System|\d+\))|Thread\.Sleep|SpinWait", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Wait();

    [GeneratedRegex(@"(Assert\.|\bif \(|while \().*((Stopwatch|TimeProvider\.System)\.GetElapsedTime\(|[Ww]atch\.Elapsed\b)",
        RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Took();

    [GeneratedRegex(
        @"GC\.Get(AllocatedBytes|TotalAllocated|TotalMemory)|WorkingSet|VmRSS|VmHWM", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Memory();
}
