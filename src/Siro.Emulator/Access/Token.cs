using Siro.Emulator.Limits;
using Siro.Emulator.Organizations;

namespace Siro.Emulator.Access;

/// <summary>What a token may be used for.</summary>
public enum TokenKind
{
    /// <summary>An organization's API token: Bearer, on external only.</summary>
    Organization,

    /// <summary>A user's token for GET and HEAD: <c>x-siro-auth-token</c>, on platform and internal.</summary>
    Read,

    /// <summary>A user's token for the other verbs.</summary>
    Write,

    /// <summary>A client app's token: Bearer on external, <c>x-siro-auth-token</c> on the others, for every verb.</summary>
    Client,
}

/// <summary>A credential that the emulator gave out.</summary>
public sealed class Token(string id, string value, TokenKind kind, Organization organization, DateTimeOffset createdAt, TimeProvider time)
{
    public string Id => id;

    /// <summary>The secret itself.</summary>
    public string Value => value;

    public TokenKind Kind => kind;

    public Organization Organization => organization;

    public DateTimeOffset CreatedAt => createdAt;

    /// <summary>An organization token's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The user that a user token acts as.</summary>
    public SiroUser? User { get; init; }

    /// <summary>The app that a user token or client token was made by.</summary>
    public string? ClientId { get; init; }

    /// <summary>
    /// Never, for organization tokens: their kind as a whole ends (<see cref="EmulatorOptions.OrganizationTokensEndAt"/>).
    /// </summary>
    public DateTimeOffset ExpiresAt { get; set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>When requests with it arrived.</summary>
    public ArrivalLog Arrivals { get; } = new(time);

    internal bool IsLive(DateTimeOffset now) => RevokedAt is null && now < ExpiresAt;
}
