using System.Buffers.Text;
using System.Text.Json;

namespace Siro.Gateway.Credentials;

/// <summary>
/// How long a user token lives. Siro's answer does not say, so it is the setting (<c>OAuth:TokenLifetime</c>), unless the
/// token itself is a JWT that says less: what it says is only ever believed downwards, and its signature is not ours to check.
/// </summary>
internal static class TokenLife
{
    private const int MostCharacters = 16 * 1024;

    public static TimeSpan Of(string token, TimeSpan configured)
    {
        if (token.Length > MostCharacters || token.Split('.') is not [_, var payload, _] || !Base64Url.IsValid(payload))
        {
            return configured;
        }

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));

            // From issue to end, not from now to end: neither clock has to be right.
            return claims.RootElement is { ValueKind: JsonValueKind.Object } root
                && Seconds(root, "iat") is { } issued && Seconds(root, "exp") is { } ends && ends > issued
                    && ends - issued < configured.TotalSeconds
                ? TimeSpan.FromSeconds(ends - issued)
                : configured;
        }
        catch (JsonException)
        {
            return configured;
        }
    }

    private static double? Seconds(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
            ? seconds
            : null;
}
