using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Which hosts refuse an organization's client tokens, as this replica has seen it, and until when the older kind goes there instead
/// (<c>Credential: Both</c>). After that the new kind is tried again; a host that refuses it again at once costs no further mint.
/// </summary>
internal sealed class HostRefusals(TimeProvider time, CredentialTimings timings)
{
    private readonly Lock _gate = new();
    private readonly Memory[] _hosts = [.. Enum.GetValues<SiroHost>().Select(_ => new Memory())];
    private long _noTokenUntil = long.MinValue;

    /// <summary>True while the older kind is to be used: the host refuses client tokens, or there are none.</summary>
    public bool IsOlderKindInForce(SiroHost host)
    {
        var memory = _hosts[(int)host];
        var until = Volatile.Read(ref memory.Until);
        var none = Volatile.Read(ref _noTokenUntil);
        if (until == long.MinValue && none == long.MinValue)
        {
            return false;
        }

        var now = time.GetTimestamp();
        if (now < until || now < none)
        {
            return true;
        }

        if (until != long.MinValue)
        {
            lock (_gate)
            {
                memory.RetriedAt ??= now;
            }
        }

        return false;
    }

    /// <summary>
    /// True for a host that refused a fresh token before and has only just been asked again: another mint would change nothing.
    /// </summary>
    public bool WasJustRetried(SiroHost host)
    {
        var memory = _hosts[(int)host];
        lock (_gate)
        {
            return memory.Until != long.MinValue && (memory.RetriedAt is not { } at || time.GetElapsedTime(at) < timings.Guard);
        }
    }

    /// <summary>The host has refused a fresh token. True for the first word about it.</summary>
    public bool Refused(SiroHost host)
    {
        var memory = _hosts[(int)host];
        lock (_gate)
        {
            var isNew = time.GetTimestamp() >= memory.Until;
            Volatile.Write(ref memory.Until, After(timings.HostRefusal));
            memory.RetriedAt = null;
            return isNew;
        }
    }

    /// <summary>No client token was to be had; for a moment nobody waits for another. True for the first word about it.</summary>
    public bool NoToken()
    {
        lock (_gate)
        {
            var isNew = time.GetTimestamp() >= _noTokenUntil;
            Volatile.Write(ref _noTokenUntil, After(timings.NoToken));
            return isNew;
        }
    }

    /// <summary>The older kind is refused too: what this host said of the new one counts no more.</summary>
    public void Forget(SiroHost host)
    {
        var memory = _hosts[(int)host];
        lock (_gate)
        {
            Volatile.Write(ref memory.Until, long.MinValue);
            Volatile.Write(ref _noTokenUntil, long.MinValue);
            memory.RetriedAt = null;
        }
    }

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private sealed class Memory
    {
        public long Until = long.MinValue;

        public long? RetriedAt;
    }
}
