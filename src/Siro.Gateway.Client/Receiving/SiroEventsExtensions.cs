using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Siro.Gateway.Client.Receiving;

/// <summary>Receives the gateway's deliveries in an ASP.NET Core application.</summary>
public static class SiroEventsExtensions
{
    /// <summary>
    /// Registers what <see cref="MapSiroEvents"/> needs with the options of a configuration section: <c>Secrets:0</c> and so on,
    /// <c>Tolerance</c>
    /// (<c>hh:mm:ss</c>), <c>MaxBodyBytes</c>. Aspire's <c>WithSubscription</c> writes the section <c>SiroEvents</c>.
    /// </summary>
    public static IServiceCollection AddSiroEvents(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddSiroEvents(options => OptionsSection.Read(section, options));
    }

    /// <summary>
    /// Registers what <see cref="MapSiroEvents"/> needs; options are checked at the start. The inbox is one in memory until
    /// <see cref="UseSiroEventInbox{TInbox}"/> names another.
    /// </summary>
    public static IServiceCollection AddSiroEvents(this IServiceCollection services, Action<SiroEventsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<SiroEventsOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiroEventsOptions>, SiroEventsOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISiroEventInbox, MemoryInbox>();
        services.TryAddSingleton<SiroEventReceiver>();
        return services;
    }

    /// <summary>
    /// Remembers handled events in <typeparamref name="TInbox"/>, of which each request gets one: it may use the request's database
    /// context.
    /// </summary>
    public static IServiceCollection UseSiroEventInbox<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TInbox>(this IServiceCollection services)
        where TInbox : class, ISiroEventInbox
    {
        ArgumentNullException.ThrowIfNull(services);
        services.RemoveAll<ISiroEventInbox>();
        services.AddScoped<ISiroEventInbox, TInbox>();
        return services;
    }

    /// <summary>
    /// Takes deliveries at <paramref name="pattern"/>: verified over the raw body by any of the secrets, each event handled once. Answers
    /// 204 when
    /// <paramref name="handle"/> has returned or had before; 400 for a delivery that is not genuine, 413 for one that is too large, 503
    /// while the same event is being handled, and 500 when <paramref name="handle"/> throws: the gateway then sends it again. The signature
    /// decides, so the endpoint is open to anonymous callers.
    /// </summary>
    public static IEndpointConventionBuilder MapSiroEvents(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<SiroEventContext, CancellationToken, Task> handle)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handle);
        var receiver = endpoints.ServiceProvider.GetService<SiroEventReceiver>()
            ?? throw new InvalidOperationException("Call services.AddSiroEvents(...) before MapSiroEvents.");
        return endpoints.MapPost(pattern, (RequestDelegate)(context => receiver.ReceiveAsync(context, handle))).AllowAnonymous();
    }
}
