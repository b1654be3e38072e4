using Siro.Gateway.Benchmarks.Hosting;
using Siro.Gateway.Benchmarks.Load;

namespace Siro.Gateway.Benchmarks.Proxy;

/// <summary>
/// One way from the caller to the upstream. <see cref="Role"/> where it runs in this program's own process, so that its heap can be asked.
/// </summary>
internal sealed record Contender(string Name, LoadTarget Target, Child Process, Role? Role = null);

/// <summary>One contender's part of one round.</summary>
internal sealed record Sample(
    LoadResult Load,
    TimeSpan Cpu,
    long? Allocated,
    IReadOnlyDictionary<string, long> RedisCalls,
    long LogLines)
{
    public double CpuMicros => Cpu.TotalMicroseconds / Math.Max(1, Load.Requests + Load.Errors);

    public double? AllocatedPerRequest => Allocated / (double)Math.Max(1, Load.Requests + Load.Errors);
}

/// <summary>The same contender where it is not busy: on one connection, and at a tenth of bare YARP's rate.</summary>
internal sealed record Quiet(LoadResult Alone, LoadResult Tenth);
