using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Siro.Gateway.Client.Receiving;

namespace Siro.Gateway.Client;

/// <summary>
/// Reads options from configuration by hand: the binder reflects, and the package is AOT-safe without an application's source generator.
/// </summary>
internal static class OptionsSection
{
    public static void Read(IConfiguration section, SiroGatewayOptions options)
    {
        if (section["BaseAddress"] is { Length: > 0 } address)
        {
            // A relative or broken address stays visible to the validator, which says what is wanted.
            options.BaseAddress = Uri.TryCreate(address, UriKind.RelativeOrAbsolute, out var uri) ? uri : null;
        }

        options.ApiKey = section["ApiKey"] ?? options.ApiKey;
        options.Organization = section["Organization"] ?? options.Organization;
        options.ActingUser = section["ActingUser"] ?? options.ActingUser;
        options.MaxAttempts = Number<SiroGatewayOptions>(section, "MaxAttempts", options.MaxAttempts);
        options.MaxRetryDelay = Duration<SiroGatewayOptions>(section, "MaxRetryDelay", options.MaxRetryDelay);
    }

    public static void Read(IConfiguration section, SiroEventsOptions options)
    {
        foreach (var secret in section.GetSection("Secrets").GetChildren())
        {
            options.Secrets.Add(secret.Value ?? "");
        }

        options.Tolerance = Duration<SiroEventsOptions>(section, "Tolerance", options.Tolerance);
        options.MaxBodyBytes = Number<SiroEventsOptions>(section, "MaxBodyBytes", options.MaxBodyBytes);
    }

    private static int Number<TOptions>(IConfiguration section, string key, int otherwise) =>
        section[key] is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value
        : throw Invalid<TOptions>(key, text, "a whole number");

    private static TimeSpan Duration<TOptions>(IConfiguration section, string key, TimeSpan otherwise) =>
        section[key] is not { } text ? otherwise
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
        : throw Invalid<TOptions>(key, text, "a duration, hh:mm:ss");

    private static OptionsValidationException Invalid<TOptions>(string key, string text, string wanted) =>
        new(Options.DefaultName, typeof(TOptions), [$"{key} is '{text}'; it must be {wanted}."]);
}
