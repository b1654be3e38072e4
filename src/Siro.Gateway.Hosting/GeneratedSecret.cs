using System.Buffers.Text;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Publishing;

namespace Siro.Gateway.Hosting;

/// <summary>A secret that is made when nobody gives one, and kept in the AppHost's user secrets where it has any.</summary>
internal sealed class GeneratedSecret(Func<string> make) : ParameterDefault
{
    public override string GetDefaultValue() => make();

    /// <summary>Only used while running: a published application asks its operator.</summary>
    public override void WriteToManifest(ManifestPublishingContext context) =>
        throw new NotSupportedException("A secret that was made for development is not published.");

    /// <summary>32 random bytes that fit into a header.</summary>
    public static string Text(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A signing secret of Standard Webhooks.</summary>
    public static string Signing() => "whsec_" + EncryptionKey();

    /// <summary>32 random bytes in base64.</summary>
    public static string EncryptionKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>As the gateway's configuration holds an API key.</summary>
    public static string ApiKeyHash(string key) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));
}

internal static class GeneratedSecretExtensions
{
    public static IResourceBuilder<ParameterResource> AddGeneratedSecret(
        this IDistributedApplicationBuilder builder, string name, Func<string> make) =>
        builder.ExecutionContext.IsRunMode
            ? builder.AddParameter(name, new GeneratedSecret(make), secret: true, persist: true)
            : builder.AddParameter(name, secret: true);
}
