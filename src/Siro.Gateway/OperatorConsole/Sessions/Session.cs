using System.Text.Json.Serialization;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary>A browser's session as it is kept (encrypted).</summary>
/// <param name="Client">The client that it stands for.</param>
/// <param name="Credential">What was shown at the sign-in and must still be the client's: the hash of an API key, or the ids of a
/// token.</param>
/// <param name="Roles">The words of a token's roles, which narrow the client's own; empty for an API key.</param>
/// <param name="Person">Who signed in, where the provider says: for the page.</param>
/// <param name="Began">When.</param>
/// <param name="PersonId">That person's id at the provider (<c>oid</c>, else <c>sub</c>): for the audit.</param>
internal sealed record Session(string Client, IReadOnlyList<string> Credential, IReadOnlyList<string> Roles, string? Person,
    DateTimeOffset Began, string? PersonId = null)
{
    /// <summary>Without a request for this long it ends.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(8);

    /// <summary>It ends after this in any case.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>True when an API key began it.</summary>
    [JsonIgnore]
    public bool ByKey => Credential is [var only] && only.StartsWith(Access.ApiKey.HashPrefix, StringComparison.Ordinal);

    /// <summary>Who is behind it, in the audit: a person's id, the first digits of a key's hash, or the ids of the token that began
    /// it.</summary>
    [JsonIgnore]
    public string Who => PersonId is not null ? "person:" + PersonId
        : ByKey ? "key:" + Credential[0].Substring(Access.ApiKey.HashPrefix.Length, 12)
        : "token:" + string.Join(',', Credential);
}
