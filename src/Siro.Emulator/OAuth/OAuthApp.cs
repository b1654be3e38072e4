namespace Siro.Emulator.OAuth;

/// <summary>An application that may mint user tokens.</summary>
public sealed class OAuthApp(string clientId, string clientSecret, string appName, string owner, DateTimeOffset createdAt)
{
    public string ClientId => clientId;

    /// <summary>Shown once, at creation.</summary>
    public string ClientSecret { get; set; } = clientSecret;

    public string AppName => appName;

    /// <summary>The Siro user that owns it.</summary>
    public string Owner => owner;

    public DateTimeOffset CreatedAt => createdAt;

    public DateTimeOffset? DeletedAt { get; set; }
}
