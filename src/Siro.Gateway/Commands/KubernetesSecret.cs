using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Siro.Gateway.Commands;

/// <summary>A Secret manifest whose keys are the gateway's settings as files in /run/secrets: <c>__</c> for the colon.</summary>
internal static class KubernetesSecret
{
    /// <summary>RFC 1123 subdomain, as Kubernetes wants names.</summary>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= 253 } && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.Contains("..", StringComparison.Ordinal);

    /// <summary>Letters, digits, '-', '_' and '.', as Kubernetes wants a Secret's keys.</summary>
    public static bool IsKey(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    public static string Write(string name, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var text =
            new StringBuilder(
            $"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  labels:\n    app.kubernetes.io/name: siro-gateway\ntype: "
            + "Opaque\nstringData:");
        foreach (var (path, value) in settings)
        {
            // A JSON string is a YAML string, whatever stands in it.
            text.Append(CultureInfo.InvariantCulture,
                $"\n  {path.Replace(":", "__", StringComparison.Ordinal)}: {JsonSerializer.Serialize(value)}");
        }

        return text.ToString();
    }
}
