using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Access;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Yarp.ReverseProxy.Forwarder;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Passes a call on to one of Siro's hosts: finds its operation, of which Access asks the permission, and forwards it through the one way
/// to Siro.
/// </summary>
internal sealed partial class SiroProxy(
    IHttpForwarder forwarder,
    SiroHttpHandler siroHandler,
    SiroAddresses addresses,
    OperationTable operations,
    ISettings<ProxyOptions> settings,
    TimeProvider time,
    ILogger<SiroProxy> logger,
    IBudgetView? budget = null)
{
    private readonly TimeLimits _limits = new(time);
    private readonly HostPrefix?[] _prefixes = new HostPrefix?[Enum.GetValues<SiroHost>().Length];
    private ForwarderRequestConfig _config = new();

    /// <summary>
    /// The permission that a call needs, by its operation. Throws <see cref="ProblemException"/> for what is passed on for nobody.
    /// </summary>
    public string PermissionOf(HttpContext context, SiroHost host) => Of(context, host).Operation.Permission;

    public Task InvokeAsync(HttpContext context, SiroHost host)
    {
        var (operation, target) = Of(context, host);
        var repeatable = SiroRequest.IsRepeatable(context.Request.Method, target);
        var notes = CallNotes.Of(context);
        var caller = context.Caller();
        if (Refusal(context, caller, host) is { } refusal)
        {
            return ProblemResult.WriteAsync(context, refusal);
        }

        var options = settings.Current;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.MaxBodyBytes;
        }

        if (context.Request.ContentLength > options.MaxBodyBytes)
        {
            return ProblemResult.WriteAsync(context, ForwardFailure.TooLarge);
        }

        var siro = new SiroRequest
        {
            Organization = caller.Organization,
            Host = host,
            Client = caller.Client,
            ActingUser = caller.ActingUser,
            Scope = IsRead(context.Request.Method) ? TokenScope.Read : TokenScope.Write,
            Priority = caller.Priority,
            Operation = operation.Name,
            Idempotent = repeatable,
            Upstream = notes.Upstream = new UpstreamTime(),
        };
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is false)
        {
            return ForwardAsync(context, new SiroCall(siroHandler, siro), target, host, options);
        }

        return HeldBody.IsHeld(context) ? HoldAsync(context, siro, target, host, options) : PassAsync(context, siro, target, host, options);
    }

    private async Task HoldAsync(HttpContext context, SiroRequest siro, string target, SiroHost host, ProxyOptions options)
    {
        siro = siro with { HeldBody = await HeldBody.ReadAsync(context) };
        await ForwardAsync(context, new SiroCall(siroHandler, siro), target, host, options);
    }

    private Task PassAsync(HttpContext context, SiroRequest siro, string target, SiroHost host, ProxyOptions options)
    {
        var body = new CallerBody(context.Request.Body, ForwardFailure.TooLarge);
        context.Request.Body = body;
        return ForwardAsync(context, new SiroCall(siroHandler, siro, body), target, host, options);
    }

    private async Task ForwardAsync(HttpContext context, SiroCall call, string target, SiroHost host, ProxyOptions options)
    {
        ForwarderError error;
        var transformer = new SiroTransformer(call, target, budget);
        var limit = _limits.Take(options.Timeout);
        try
        {
            // That the caller leaves is the forwarder's own business.
            error = await forwarder.SendAsync(context, Prefix(host), call, Config(options), transformer, limit.Token);
        }
        finally
        {
            _limits.GiveBack(limit);
        }

        if (transformer.Refusal is { } refused)
        {
            transformer.ShowBudget(context.Response);
            await ProblemResult.WriteAsync(context, refused);
        }
        else if (error == ForwarderError.None)
        {
            CallNotes.Of(context).AnsweredBySiro = true;
        }
        else if (ForwardFailure.Of(error, context.Features.Get<IForwarderErrorFeature>()?.Exception,
            context.RequestAborted.IsCancellationRequested, call.Attempted) is { } problem)
        {
            if (ForwardFailure.IsTransportError(problem))
            {
                using var span = CallTrace.Enter(context);
                Log.Failed(
                    logger, host.Cluster(), problem.Code, ForwardFailure.Reason(context.Features.Get<IForwarderErrorFeature>()?.Exception));
            }

            transformer.ShowBudget(context.Response);
            await ProblemResult.WriteAsync(context, problem);
        }
        else if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>The host's address as the forwarder wants it, made once for each address.</summary>
    private string Prefix(SiroHost host)
    {
        var address = addresses[host];
        if (_prefixes[(int)host] is not { } known || !ReferenceEquals(known.Address, address))
        {
            _prefixes[(int)host] = known = new HostPrefix(address, address.AbsoluteUri.TrimEnd('/'));
        }

        return known.Prefix;
    }

    private ForwarderRequestConfig Config(ProxyOptions options)
    {
        var config = _config;
        return config.ActivityTimeout == options.ActivityTimeout
            ? config
            : _config = new ForwarderRequestConfig { ActivityTimeout = options.ActivityTimeout };
    }

    /// <summary>What a call is; found once, for authorization and for what comes after it.</summary>
    private ProxiedCall Of(HttpContext context, SiroHost host)
    {
        var notes = CallNotes.Of(context);
        if (notes.Proxied is ProxiedCall known)
        {
            return known;
        }

        if (Target(context, host) is not { } target)
        {
            throw new ProblemException(
                new Problem(400, "invalid_path", $"The request target must begin with /{host.Cluster()}/, unescaped."));
        }

        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var operation = operations.Find(host, context.Request.Method, mark < 0 ? target : target.AsSpan(0, mark));
        notes.Operation = operation.AuditName(host);
        if (context.Request.Method is not ("GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS"))
        {
            throw new ProblemException(new Problem(405, "method_not_allowed", "This gateway does not forward that method."));
        }

        if (context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest is true)
        {
            throw new ProblemException(
                new Problem(400, "upgrade_not_supported", "This gateway does not forward upgraded connections."));
        }

        var call = new ProxiedCall(operation, target);
        notes.Proxied = call;
        return call;
    }

    private static Problem? Refusal(HttpContext context, Caller caller, SiroHost host)
    {
        if (ForwardedHeaders.FirstUnsendable(context.Request.Headers) is { } header)
        {
            return new Problem(
                400, "invalid_header", $"The header {header} has a character that is not ASCII. Send it without, or encoded.")
            {
                Errors = [new FieldError(header, "not_ascii", $"{header} must be ASCII.")],
            };
        }

        return host != SiroHost.External && caller.ActingUser is null
            ? new Problem(400, "user_required",
                "This host needs a Siro user: send Siro-User, or configure the client's DefaultUser or the organization's "
                + "DefaultUserId.")
            : null;
    }

    private static bool IsRead(string method) => method is "GET" or "HEAD";

    /// <summary>
    /// What follows the prefix on the request line, beginning with a slash; null when the prefix was written in another way than plain.
    /// </summary>
    internal static string? Target(HttpContext context, SiroHost host)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var prefix = host.Cluster();
        if (raw.Length <= prefix.Length || !raw.AsSpan(1).StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return raw.AsSpan(1 + prefix.Length) switch
        {
            [] => "/",
            ['/', ..] => raw[(1 + prefix.Length)..],
            ['?', ..] => string.Concat("/", raw.AsSpan(1 + prefix.Length)),
            _ => null,
        };
    }

    /// <param name="Target">The path and query after the prefix, as the caller wrote them.</param>
    private sealed record ProxiedCall(Operation Operation, string Target);

    private sealed record HostPrefix(Uri Address, string Prefix);

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Warning, "A call to {Host} failed with {Code}: {Reason}")]
        public static partial void Failed(ILogger logger, string host, string code, string reason);
    }
}
