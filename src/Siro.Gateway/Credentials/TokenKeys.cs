using Siro.Gateway.Store;

namespace Siro.Gateway.Credentials;

/// <summary>One minted token's keys share a slot; <c>name</c> is <c>TokenKey.Name</c>, a hash.</summary>
internal static class TokenKeys
{
    public static readonly IReadOnlyList<KeyPattern> Patterns =
    [
        new("token:USER", "value", KeyType.Hash, "with the token", "a user token, encrypted; USER is a hash"),
        new("token:USER", "fence", KeyType.String, "a while after the last mint", "the last replica that began to mint it"),
        new("token:USER", "guard", KeyType.String, "a while after a 401", "the token whose refusal caused the last mint"),
        new("token:USER", "barred", KeyType.String, "a while after the refusal", "that Siro refused this user"),
    ];

    /// <summary>Hash: value (encrypted), id (hash of the token), life (ms). Expires with the token.</summary>
    public static string Token(string name) => StoreKeys.Key("token:" + name, "value");

    /// <summary>The largest fence that has begun to mint.</summary>
    public static string Fence(string name) => StoreKeys.Key("token:" + name, "fence");

    /// <summary>The token whose refusal (401) caused the last mint; there for as long as no other refusal may cause one.</summary>
    public static string Guard(string name) => StoreKeys.Key("token:" + name, "guard");

    /// <summary>There while a user that Siro refused is not asked for again.</summary>
    public static string Blocked(string name) => StoreKeys.Key("token:" + name, "barred");

    /// <summary>The lease of the one that mints.</summary>
    public static string Lease(string name) => "token:" + name;

    /// <summary>Announces that a token came or went, or that its minter gave up.</summary>
    public const string Channel = "tokens";
}
