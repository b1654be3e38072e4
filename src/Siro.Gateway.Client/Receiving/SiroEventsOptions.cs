using Microsoft.Extensions.Options;

namespace Siro.Gateway.Client.Receiving;

/// <summary>How deliveries are verified.</summary>
public sealed class SiroEventsOptions
{
    /// <summary>
    /// The subscription's secrets (<c>whsec_</c> and base64 of 24 to 64 bytes); while one is rotated, both. At least one.
    /// </summary>
    public IList<string> Secrets { get; } = [];

    /// <summary>How far a delivery's timestamp may be from now. Default 5 minutes (Standard Webhooks), 1 s to 1 h.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest body, in bytes. Default 4 MiB, 1 KiB to 64 MiB.</summary>
    public int MaxBodyBytes { get; set; } = 4 * 1024 * 1024;
}

/// <summary>Checks <see cref="SiroEventsOptions"/> at the start; every error at once.</summary>
internal sealed class SiroEventsOptionsValidator : IValidateOptions<SiroEventsOptions>
{
    public ValidateOptionsResult Validate(string? name, SiroEventsOptions options)
    {
        List<string> errors = [];
        if (options.Secrets.Count == 0)
        {
            errors.Add("Secrets is empty. Add the secret that the subscription was made with (whsec_...).");
        }

        for (var i = 0; i < options.Secrets.Count; i++)
        {
            if (SigningKey.Parse(options.Secrets[i]) is null)
            {
                // The value is a secret: it is not repeated here.
                errors.Add($"Secrets[{i}] is no signing secret: whsec_ and base64 of 24 to 64 bytes.");
            }
        }

        if (options.Tolerance < TimeSpan.FromSeconds(1) || options.Tolerance > TimeSpan.FromHours(1))
        {
            errors.Add("Tolerance must be from 00:00:01 to 01:00:00.");
        }

        if (options.MaxBodyBytes is < 1024 or > 64 * 1024 * 1024)
        {
            errors.Add("MaxBodyBytes must be from 1024 to 67108864.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
