using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Attacks.Refusals;

/// <summary>
/// One gateway that refuses in every way: an organization whose budget is spent, one that can have no user tokens, and a Siro whose
/// <c>internal</c> host answers what is no HTTP before it has read the body.
/// </summary>
public sealed class RefusalFixture : GatewayFixture
{
    /// <summary>Of the client whose organization's budget is spent.</summary>
    public const string SpentKey = "sgw_test-spent-0000000000000000000000000000000000";

    /// <summary>Of the client whose organization has no OAuth app.</summary>
    public const string BareKey = "sgw_test-bare-00000000000000000000000000000000000";

    private GatewayRawUpstream? _broken;
    private NginxServer? _nginx;

    /// <summary>Null where nginx is not installed.</summary>
    public Uri? Nginx => _nginx?.Address;

    /// <summary>Every endpoint that takes a body, with <c>x</c> for each parameter.</summary>
    public IReadOnlyList<(string Method, string Path)> BodyEndpoints =>
    [
        .. Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => Methods(e).Select(m => (m, PathOf(e))))
            .Where(e => e.m is "POST" or "PUT" or "PATCH")
            .Distinct().Order(),
    ];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _nginx = NginxServer.Missing is null ? await NginxServer.StartAsync(Gateway.Address) : null;
        using var spent = CreateClient(SpentKey);

        // A refusal alone doesn't say that the budget is spent: a store slower than this call may wait is one too, and leaves the slot.
        await Until.TrueAsync(async () => await StatusAsync(spent) == HttpStatusCode.OK, "the one request of the hour was sent");
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(spent));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        await base.DisposeAsync();
        if (_broken is not null)
        {
            await _broken.DisposeAsync();
        }
    }

    protected override Task ConfigureAsync(Dictionary<string, string?> settings)
    {
        _broken = new GatewayRawUpstream(async c =>
        {
            await c.ReadHeadAsync();
            await c.WriteAsync("HTTP/9.9 what\r\n\r\n");
            await c.EndAsync();
        });
        settings["ReverseProxy:Clusters:internal:Destinations:siro:Address"] = _broken.Address;
        settings["Proxy:MaxBodyBytes"] = "50000000";
        var spent = Emulator.State.Seed("Spent");
        settings["Siro:Organizations:spent:OrganizationToken"] = spent.Token;
        settings["Siro:Organizations:spent:OrganizationId"] = spent.Id;
        settings["Siro:Organizations:spent:Budget:Requests"] = "1";
        settings["Siro:Organizations:spent:Budget:WindowSeconds"] = "3600";
        settings["Siro:Organizations:spent:Budget:MaxWait"] = "00:00:00";
        GatewaySettings.Client(settings, "spent", SpentKey, ["admin"], organization: "spent");
        var bare = Emulator.State.Seed("Bare");
        settings["Siro:Organizations:bare:OrganizationToken"] = bare.Token;
        settings["Siro:Organizations:bare:OrganizationId"] = bare.Id;
        settings["Siro:Organizations:bare:DefaultUserId"] = bare.UserId;
        GatewaySettings.Client(settings, "bare", BareKey, ["admin"], organization: "bare");
        return Task.CompletedTask;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/external/v1/core/users");
        return answer.StatusCode;
    }

    private static IReadOnlyList<string> Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["POST"];

    private static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(
        s => string.Concat(s.Parts.Select(p => p is RoutePatternLiteralPart literal ? literal.Content : "x"))));
}
