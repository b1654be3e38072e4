using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>The product's host, built and not started: for looking at what it is made of.</summary>
internal static class BuiltHost
{
    public static WebApplication Create(params (string Key, string Value)[] changes) => Create(_ => { }, changes);

    public static WebApplication Create(Action<WebApplicationBuilder> look, params (string Key, string Value)[] changes) =>
        GatewayHost.Build([], builder =>
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Siro:Organizations:acme:OrganizationToken"] = "t",
            ["Redis:Configuration"] = "127.0.0.1:1",
            ["Store:EncryptionKeys:0"] = Convert.ToBase64String(new byte[32]),
            ["Clients:crm:ApiKeyHashes:0"] = "sha256:" + new string('0', 64),
            ["urls"] = "http://127.0.0.1:0",
        };
        foreach (var (key, value) in changes)
        {
            settings[key] = value;
        }

        builder.Configuration.AddInMemoryCollection(settings);
        look(builder);
    });
}
