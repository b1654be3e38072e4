using System.Buffers.Text;
using System.Security.Cryptography;

namespace Siro.Gateway.Common;

/// <summary>The one source of chance: ids, secrets, jitter. Tests put an exact one in its place.</summary>
public class Randomness
{
    /// <summary>Cryptographically strong bytes.</summary>
    public virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    /// <summary>A number from 0 (inclusive) to 1 (exclusive).</summary>
    public virtual double NextDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return (BitConverter.ToUInt64(bytes) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>An id of 128 random bits: <c>prefix_</c> and 22 characters of base64url.</summary>
    public string Id(string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        return $"{prefix}_{Base64Url.EncodeToString(bytes)}";
    }

    /// <summary>Full jitter: anything from zero to the given time (AWS, "Exponential Backoff And Jitter").</summary>
    public TimeSpan FullJitter(TimeSpan most) => most * NextDouble();

    /// <summary>The given time, more or less by at most the given part of it (0.1 is 10 %).</summary>
    public TimeSpan Around(TimeSpan time, double part) => time * (1 + (((NextDouble() * 2) - 1) * part));
}
