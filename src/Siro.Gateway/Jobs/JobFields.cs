using System.Globalization;
using System.Text.Json;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.Jobs;

/// <summary>How features write and read the fields of their jobs: numbers, moments, JSON, and JSON that only the gateway may read.</summary>
internal static class JobFields
{
    /// <summary>Fields to change; a null value removes the field.</summary>
    public static Dictionary<string, string?> Changes(params ReadOnlySpan<(string Name, string? Value)> changes)
    {
        var fields = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, value) in changes)
        {
            fields[name] = value;
        }

        return fields;
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>As Unix milliseconds.</summary>
    public static string Text(DateTimeOffset moment) => Text(moment.ToUnixTimeMilliseconds());

    public static string Json<T>(T value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    /// <summary>JSON, encrypted; <paramref name="context"/> names job and field, and must be the same when it is read.</summary>
    public static string Seal<T>(this StoreCipher cipher, T value, string context) => cipher.Encrypt(new Secret(Json(value)), context);

    /// <summary>Zero where there is none.</summary>
    public static long Number(this Job job, string field) => long.TryParse(job[field], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>From Unix milliseconds.</summary>
    public static DateTimeOffset? Moment(this Job job, string field) => job[field] is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(job.Number(field));

    public static T? Json<T>(this Job job, string field)
        where T : class => job[field] is { } json ? JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) : null;

    /// <summary>What <see cref="Seal"/> wrote; null where there is none, or its key is not configured any more.</summary>
    public static T? Open<T>(this StoreCipher cipher, string? sealedJson, string context)
        where T : class => cipher.Decrypt(sealedJson, context) is { } json ? JsonSerializer.Deserialize<T>(json.Reveal(), JsonSerializerOptions.Web) : null;
}
