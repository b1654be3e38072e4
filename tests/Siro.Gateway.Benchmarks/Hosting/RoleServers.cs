using System.Text;
using Yarp.ReverseProxy.Configuration;

namespace Siro.Gateway.Benchmarks.Hosting;

/// <summary>What runs in the children.</summary>
internal static class RoleServers
{
    private static readonly byte[] Recording = Encoding.UTF8.GetBytes(
        """{"data":{"id":"rec_1","organizationId":"org_1","userId":"usr_1","title":"A call","isProcessingDone":true,"deleted":false}}""");

    private static readonly byte[] Token = Encoding.UTF8.GetBytes("""{"accessTokenId":"tok_1","accessToken":"bench-user-token"}""");

    public static Task ServeAsync(string role, string? upstream) => role switch
    {
        "upstream" => Role.ServeAsync(Upstream()),
        "yarp" => Role.ServeAsync(Yarp(upstream!)),
        "gateway" => Role.ServeAsync(GatewayHost.Build(["--urls", "http://127.0.0.1:0"])),
        "emulator" => EmulatorRole.ServeAsync(),
        _ => throw new BenchmarkException($"There is no role '{role}'."),
    };

    /// <summary>
    /// Siro, as fast as it can be: one small JSON for everything, and a token when one is minted. Also the identity provider's two
    /// documents.
    /// </summary>
    private static WebApplication Upstream()
    {
        var app = Bare().Build();
        var keys = Encoding.UTF8.GetBytes(Environment.GetEnvironmentVariable(TokenIssuer.KeySetVariable) ?? "");
        app.Run(context =>
        {
            var path = context.Request.Path.Value!;
            var answer = path.EndsWith("/access-token", StringComparison.Ordinal) ? Token
                : path == "/jwks" ? keys
                : path == "/.well-known/openid-configuration" ? Discovery(context.Request)
                : Recording;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            return context.Response.Body.WriteAsync(answer).AsTask();
        });
        return app;
    }

    private static byte[] Discovery(HttpRequest request)
    {
        var issuer = $"http://{request.Host}";
        return Encoding.UTF8.GetBytes($$"""{"issuer":"{{issuer}}","jwks_uri":"{{issuer}}/jwks"}""");
    }

    /// <summary>YARP by its documentation's first page: one route, one cluster, nothing else.</summary>
    private static WebApplication Yarp(string upstream)
    {
        var builder = Bare();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "upstream", Match = new RouteMatch { Path = "{**path}" } }],
            [new ClusterConfig { ClusterId = "upstream",
                Destinations = new Dictionary<string, DestinationConfig>(
                StringComparer.Ordinal) { ["one"] = new() { Address = upstream } } }]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private static WebApplicationBuilder Bare()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable(Role.PortVariable) ?? "0"}");
        return builder;
    }
}
