using System.Text;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Journal;

/// <summary>One request as it arrived, and what became of it.</summary>
public sealed class JournalEntry
{
    /// <summary>Counts from 1 in the order of arrival.</summary>
    public required long Sequence { get; init; }

    /// <summary>Ticks of the clock's timestamp at arrival, for exact distances.</summary>
    public required long Timestamp { get; init; }

    public required DateTimeOffset ArrivedAt { get; init; }

    public required SiroHost Host { get; init; }

    public required string Method { get; init; }

    /// <summary>The path after the host's base path, unescaped but for slashes, without the query.</summary>
    public required string Path { get; init; }

    /// <summary>The request target exactly as it stood on the request line.</summary>
    public required string RawTarget { get; init; }

    /// <summary>With its question mark, as sent; empty without one.</summary>
    public required string Query { get; init; }

    /// <summary>Every header line, in order of arrival, duplicates apart.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The first bytes of the body (64 KiB unless set otherwise).</summary>
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>Bytes of the body that arrived.</summary>
    public long BodyLength { get; internal set; }

    /// <summary>Lower-case hex of the body that arrived; null when it was never read.</summary>
    public string? BodySha256 { get; internal set; }

    /// <summary>The template of the operation that took it; null for unrouted paths.</summary>
    public string? Operation { get; internal set; }

    /// <summary>The id of the token that it carried, when known.</summary>
    public string? TokenId { get; internal set; }

    /// <summary>The user that the token acts as; null for organization tokens.</summary>
    public string? UserId { get; internal set; }

    /// <summary>The status that was answered or meant; 0 while under way.</summary>
    public int Status { get; internal set; }

    /// <summary>The connection was cut on purpose or by the caller: nobody read the status.</summary>
    public bool Aborted { get; internal set; }

    /// <summary>The fault that struck, by its rule's name.</summary>
    public string? Fault { get; internal set; }

    /// <summary>Milliseconds from arrival to the end.</summary>
    public double DurationMilliseconds { get; internal set; }

    /// <summary>Ids of what the request created or changed, such as recordings and tokens.</summary>
    public IReadOnlyList<string> Effects => _effects;

    private List<string> _effects = [];

    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The header's value; duplicates joined by a comma; null without any.</summary>
    public string? Header(string name)
    {
        string? found = null;
        foreach (var (key, value) in Headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = found is null ? value : $"{found},{value}";
            }
        }

        return found;
    }

    public override string ToString() =>
        $"{Sequence} {Host.Name()} {Method} {Path}{Query} -> "
            + $"{Status}{(Aborted ? " aborted" : "")}{(Fault is null ? "" : $" ({Fault})")}";

    internal void AddEffect(string id) => _effects = [.. _effects, id];
}
