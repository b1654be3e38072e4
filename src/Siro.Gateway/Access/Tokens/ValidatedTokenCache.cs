using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Siro.Gateway.Access.Tokens;

/// <summary>
/// Remembers tokens that passed, by their SHA-256. Holds at most <see cref="Capacity"/>, and of each no more than <see cref="MaxIdLength"/>
/// characters of ids:
/// a few megabytes, whatever callers send.
/// </summary>
internal sealed class ValidatedTokenCache
{
    public const int Capacity = 10_000;

    /// <summary>Characters of all ids of a token; what has more is judged at each call.</summary>
    public const int MaxIdLength = 1024;

    private readonly ConcurrentDictionary<Key, ValidatedToken> _tokens = new();

    /// <summary>The token's place in the cache: a cryptographic hash, so that no other token can be made to fit it.</summary>
    public static Key KeyOf(ReadOnlySpan<char> token)
    {
        // UTF-8, so that characters which no token has can't fall together.
        var most = Encoding.UTF8.GetMaxByteCount(token.Length);
        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(rented.AsSpan(0, Encoding.UTF8.GetBytes(token, rented)), hash);
            return MemoryMarshal.Read<Key>(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    public ValidatedToken? Find(Key key) => _tokens.GetValueOrDefault(key);

    public void Remove(Key key) => _tokens.TryRemove(key, out _);

    public void Keep(Key key, ValidatedToken token, DateTimeOffset now)
    {
        if (token.ClientIds.Sum(id => id.Length) > MaxIdLength)
        {
            return;
        }

        if (_tokens.Count >= Capacity)
        {
            MakeRoom(now);
        }

        _tokens[key] = token;
    }

    /// <summary>The expired go first; when that is not enough, the half that would expire soonest.</summary>
    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var (key, token) in _tokens)
        {
            if (token.Expires < now)
            {
                _tokens.TryRemove(key, out _);
            }
        }

        if (_tokens.Count < Capacity)
        {
            return;
        }

        foreach (var (key, _) in _tokens.OrderBy(t => t.Value.Expires).Take(Capacity / 2))
        {
            _tokens.TryRemove(key, out _);
        }
    }

    /// <summary>256 bits of hash.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Key(ulong A, ulong B, ulong C, ulong D);
}
