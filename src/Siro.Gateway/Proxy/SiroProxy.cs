using Microsoft.AspNetCore.Http.Features;
using Siro.Gateway.Access;
using Siro.Gateway.Access.Audit;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.SiroApi;
using Yarp.ReverseProxy.Forwarder;

namespace Siro.Gateway.Proxy;

/// <summary>Passes a call on to one of Siro's hosts: finds its operation, asks for its permission, forwards it through the one door.</summary>
internal sealed partial class SiroProxy(
    IHttpForwarder forwarder,
    SiroDoor door,
    SiroAddresses addresses,
    OperationTable operations,
    ISettings<ProxyOptions> settings,
    TimeProvider time,
    ILogger<SiroProxy> logger,
    IBudgetView? budget = null)
{
    public async Task InvokeAsync(HttpContext context, SiroHost host)
    {
        if (Target(context, host) is not { } target)
        {
            throw new ProblemException(new Problem(400, "invalid_path", $"The request target must begin with /{host.Cluster()}/, unescaped."));
        }

        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var operation = operations.Find(host, context.Request.Method, mark < 0 ? target : target.AsSpan(0, mark));
        var repeatable = SiroRequest.IsRepeatable(context.Request.Method, target);
        AuditedOperation.Set(context, operation.AuditName(host));
        var caller = context.Caller();
        if (Refusal(context, caller, operation, host) is { } refusal)
        {
            await ProblemResult.WriteAsync(context, refusal);
            return;
        }

        var options = settings.Current;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = options.MaxBodyBytes;
        }

        if (context.Request.ContentLength > options.MaxBodyBytes)
        {
            await ProblemResult.WriteAsync(context, ForwardFailure.TooLarge);
            return;
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
            HeldBody = await HeldBody.ReadAsync(context),
        };
        CallerBody? body = null;
        if (siro.HeldBody is null && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is not false)
        {
            context.Request.Body = body = new CallerBody(context.Request.Body, ForwardFailure.TooLarge);
        }

        await ForwardAsync(context, new SiroTransformer(siro, target, budget, body), host, options);
    }

    private async Task ForwardAsync(HttpContext context, SiroTransformer transformer, SiroHost host, ProxyOptions options)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        var error = await forwarder.SendAsync(context, addresses[host].AbsoluteUri.TrimEnd('/'), door.Invoker, new ForwarderRequestConfig { ActivityTimeout = options.ActivityTimeout }, transformer, ending.Token);
        if (transformer.Refusal is { } refused)
        {
            transformer.ShowBudget(context.Response);
            await ProblemResult.WriteAsync(context, refused);
        }
        else if (error == ForwarderError.None)
        {
            context.Features.Set(AnsweredBySiro.Instance);
        }
        else if (ForwardFailure.Of(error, context.Features.Get<IForwarderErrorFeature>()?.Exception, context.RequestAborted.IsCancellationRequested, transformer.Attempted) is { } problem)
        {
            if (ForwardFailure.IsTransportError(problem))
            {
                Log.Failed(logger, host.Cluster(), problem.Code, ForwardFailure.Reason(context.Features.Get<IForwarderErrorFeature>()?.Exception));
            }

            transformer.ShowBudget(context.Response);
            await ProblemResult.WriteAsync(context, problem);
        }
        else if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    private static Problem? Refusal(HttpContext context, Caller caller, Operation operation, SiroHost host)
    {
        if (context.Request.Method is not ("GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS"))
        {
            return new Problem(405, "method_not_allowed", "This gateway does not pass that method on.");
        }

        if (context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest is true)
        {
            return new Problem(400, "upgrade_not_supported", "This gateway passes no upgraded connections on.");
        }

        if (!caller.May(operation.Permission))
        {
            return Refusals.PermissionMissing(operation.Permission);
        }

        if (ForwardedHeaders.FirstUnsendable(context.Request.Headers) is { } header)
        {
            return new Problem(400, "invalid_header", $"The header {header} has a character that is not ASCII. Send it without, or encoded.")
            {
                Errors = [new FieldError(header, "not_ascii", $"{header} must be ASCII.")],
            };
        }

        return host != SiroHost.External && caller.ActingUser is null
            ? new Problem(400, "user_required", "This host needs a Siro user: send Siro-User, or configure the client's DefaultUser or the organization's DefaultUserId.")
            : null;
    }

    private static bool IsRead(string method) => method is "GET" or "HEAD";

    /// <summary>What follows the prefix on the request line, beginning with a slash; null when the prefix was written in another way than plain.</summary>
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

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Warning, "A call to {Host} failed with {Code}: {Reason}")]
        public static partial void Failed(ILogger logger, string host, string code, string reason);
    }
}
