using System.Text;
using Microsoft.Net.Http.Headers;
using Siro.Gateway.Access;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Proxy;

/// <summary>Calls that pass through to Siro: <c>/external</c>, <c>/platform</c>, <c>/internal</c>.</summary>
internal static class ProxyFeature
{
    public static void AddProxy(this WebApplicationBuilder builder)
    {
        builder.AddSettings<ProxyOptions>("Proxy", ProxyOptionsValidator.Check);
        builder.AddSettings<RefusalOptions>("Refusals", RefusalOptions.Check);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton(_ => OperationTable.Published());
        builder.Services.AddSingleton<SiroProxy>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // What is passed on is read byte for byte, so that a header that can't be sent is refused by its name. Everything else stays
            // UTF-8.
            kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? ContentLengthDigits.Instance
                : ForwardedHeaders.Request.Contains(name) ? Encoding.Latin1 : null;

            // Siro's headers pass byte for byte (RFC 9110, 5.5: obs-text); the gateway's own are ASCII.
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
    }

    /// <summary>Outermost, so that every refusal of every feature reaches a caller that is still sending.</summary>
    public static void UseUnreadBodies(this WebApplication app) => app.UseMiddleware<UnreadBodyMiddleware>();

    /// <summary>Before routing, so that a path which climbs is never even looked up.</summary>
    public static void UseSafePaths(this WebApplication app)
    {
        app.UseMiddleware<SafePathMiddleware>();
        app.UseMiddleware<MethodCaseMiddleware>();
    }

    public static void MapProxy(this WebApplication app)
    {
        // Resolved once: asked for by each call, it would cost each call a scope.
        var proxy = new Lazy<SiroProxy>(app.Services.GetRequiredService<SiroProxy>);
        foreach (var host in Enum.GetValues<SiroHost>())
        {
            app.Map($"/{host.Cluster()}/{{**path}}", context => proxy.Value.InvokeAsync(context, host))
                .RequirePermissionOfOperation(needsUser: host != SiroHost.External, context => proxy.Value.PermissionOf(context, host))
                .ExcludeFromDescription()
                .WithDisplayName($"proxy {host.Cluster()}");
        }
    }
}
