namespace Siro.Emulator.Webhooks;

/// <summary>In which order a recording's two events are sent.</summary>
public enum WebhookOrder
{
    ProcessedFirst,
    LinkedFirst,
    Random,

    /// <summary>Both events, then both again once both flags are true.</summary>
    BothTwice,
}

/// <summary>An endpoint as an administrator registers it in Siro's dashboard.</summary>
/// <param name="Secrets">What it is signed with; two while a secret is being rotated.</param>
/// <param name="EventTypes">Empty: all of them.</param>
public sealed record WebhookEndpoint(Uri Url, IReadOnlyList<string> Secrets, IReadOnlyList<string> EventTypes);

/// <summary>The endpoints of one organization.</summary>
public sealed class WebhookEndpoints
{
    private volatile WebhookEndpoint[] _all = [];

    public IReadOnlyList<WebhookEndpoint> All => _all;

    /// <summary>Registers an endpoint; answers its secret.</summary>
    public string Add(Uri url, string? secret = null, params string[] eventTypes)
    {
        secret ??= SvixSignature.NewSecret();
        _all = [.. _all, new WebhookEndpoint(url, [secret], eventTypes)];
        return secret;
    }

    /// <summary>Signs with these secrets from now on, as Svix does while one is rotated.</summary>
    public void UseSecrets(Uri url, params string[] secrets) =>
        _all = [.. _all.Select(e => e.Url == url ? e with { Secrets = secrets } : e)];

    public void Clear() => _all = [];
}
