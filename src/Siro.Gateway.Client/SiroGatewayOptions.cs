using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Siro.Gateway.Client;

/// <summary>Where the gateway is and who calls it.</summary>
public sealed class SiroGatewayOptions
{
    /// <summary>The gateway's address, for example <c>https://gateway.example</c>. Required; http or https.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>The client's API key (<c>sgw_...</c>). Exactly one of this and <see cref="AccessToken"/>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// Gives a bearer token for the gateway's audience, asked before each request: keep it until it ends. Exactly one of this and
    /// <see cref="ApiKey"/>.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? AccessToken { get; set; }

    /// <summary>Sent as <c>Siro-Organization</c>; only needed where the client works on several organizations.</summary>
    public string? Organization { get; set; }

    /// <summary>Sent as <c>Siro-User</c>: a Siro user id or an email. Without it the gateway acts for the client's default user.</summary>
    public string? ActingUser { get; set; }

    /// <summary>
    /// How often a request that can be repeated is sent at most: 1 (never again) to 10, default 4. Repeated are reads, uploads (by their
    /// idempotency key), calls (by their source id) and acknowledgements, after a broken connection, 429 and 503.
    /// </summary>
    public int MaxAttempts { get; set; } = 4;

    /// <summary>
    /// The longest pause between two attempts, whatever <c>Retry-After</c> says: beyond it the error is thrown. Default 30 s, 0 to 10
    /// min.
    /// </summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Checks <see cref="SiroGatewayOptions"/> at the start; every error at once.</summary>
internal sealed class SiroGatewayOptionsValidator : IValidateOptions<SiroGatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, SiroGatewayOptions options)
    {
        List<string> errors = [];
        if (options.BaseAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            errors.Add(
                "BaseAddress is missing or not an http(s) address. Set it to the gateway's address, for example https://gateway.example.");
        }

        if (string.IsNullOrEmpty(options.ApiKey) == (options.AccessToken is null))
        {
            errors.Add("Set exactly one of ApiKey and AccessToken: the gateway refuses both at once, and needs one.");
        }

        Header(options.ApiKey, "ApiKey", errors);
        Header(options.Organization, "Organization", errors);
        Header(options.ActingUser, "ActingUser", errors);
        if (options.MaxAttempts is < 1 or > 10)
        {
            errors.Add("MaxAttempts must be from 1 to 10.");
        }

        if (options.MaxRetryDelay < TimeSpan.Zero || options.MaxRetryDelay > TimeSpan.FromMinutes(10))
        {
            errors.Add("MaxRetryDelay must be from 00:00:00 to 00:10:00.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    internal static bool IsHeaderValue([NotNullWhen(true)] string? value) =>
        !string.IsNullOrEmpty(value) && value.All(c => c is > ' ' and <= '~');

    private static void Header(string? value, string name, List<string> errors)
    {
        if (value is { Length: > 0 } && !IsHeaderValue(value))
        {
            errors.Add($"{name} has characters that a header cannot carry; use visible ASCII without blanks.");
        }
    }
}
