using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Siro.Sandbox.Gateway;

/// <summary>The sandbox's keys: made once for a data folder, each in a file of its own that only its owner can read.</summary>
internal sealed class SandboxSecrets(string folder)
{
    /// <summary>For the header <c>X-Api-Key</c>.</summary>
    public string ApiKey { get; } = Keep(folder, "api-key", () => "sgw_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    public string OrganizationToken { get; } = Keep(
        folder, "organization-token", () => "siroorg_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));

    public string ClientSecret { get; } = Keep(
        folder, "client-secret", () => "sirosecret_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));

    /// <summary>Encrypts tokens at rest.</summary>
    public string EncryptionKey { get; } = Keep(folder, "encryption-key", () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Siro signs its webhooks with it.</summary>
    public string SiroWebhookSecret { get; } = Signing(folder, "siro-webhook-secret");

    /// <summary>The gateway signs deliveries to a subscriber with it.</summary>
    public string Subscriber(string name) => Signing(folder, $"subscriber-{name}");

    /// <summary>As the gateway's configuration holds an API key.</summary>
    public string ApiKeyHash => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)));

    private static string Signing(string folder, string name) =>
        Keep(folder, name, () => "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    private static string Keep(string folder, string name, Func<string> make)
    {
        var file = Path.Combine(folder, name);
        if (File.Exists(file))
        {
            return File.ReadAllText(file).Trim();
        }

        Directory.CreateDirectory(folder);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var value = make();
        using var stream = new StreamWriter(new FileStream(file, options));
        stream.Write(value);
        return value;
    }
}
