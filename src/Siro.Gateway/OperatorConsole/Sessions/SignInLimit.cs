using System.Security.Cryptography;
using System.Text;
using Siro.Gateway.Access.Schemes;
using Siro.Gateway.Common;
using Siro.Gateway.Store;

namespace Siro.Gateway.OperatorConsole.Sessions;

/// <summary>Counts attempts to sign in, over the whole fleet, by address and by key.</summary>
internal sealed class SignInLimit(RedisStore store)
{
    /// <summary>Attempts with one key before its counter starts anew.</summary>
    public const int PerKey = 10;

    /// <summary>Attempts from one address before its counter starts anew; several people may share one.</summary>
    public const int PerAddress = 30;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly RedisScript Script = RedisScript.Load("OperatorConsole/Scripts/attempt");

    /// <summary>
    /// Counts one attempt; null where it may be made, else after how long the next may. Throws <see cref="StoreUnavailableException"/>.
    /// </summary>
    public async Task<TimeSpan?> CountAsync(string address, string credential, CancellationToken cancellationToken)
    {
        var byAddress = await CountAsync("address", address, PerAddress, cancellationToken);
        var byKey = await CountAsync("key", credential, PerKey, cancellationToken);
        return byAddress is { } a && byKey is { } k ? (a > k ? a : k) : byAddress ?? byKey;
    }

    private async Task<TimeSpan?> CountAsync(string kind, string value, int most, CancellationToken cancellationToken)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(0, 16));
        var answer = await store.RunAsync(Script, [ConsoleKeys.Attempts(kind, hash)], [(long)Window.TotalMilliseconds], cancellationToken);
        return (long)answer[0] > most ? TimeSpan.FromMilliseconds((long)answer[1]) : null;
    }
}

/// <summary>
/// Stands before the authentication of <c>POST /v1/session</c>: a key is not even compared once there were too many attempts.
/// </summary>
internal sealed class SignInLimitMiddleware(RequestDelegate next, SignInLimit limit)
{
    public Task InvokeAsync(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Equals("/v1/session", StringComparison.OrdinalIgnoreCase)
            ? CountAsync(context)
            : next(context);

    private async Task CountAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var credential = headers[Credential.ApiKeyHeader].ToString() is { Length: > 0 } key ? key : headers.Authorization.ToString();
        if (await limit.CountAsync(context.Connection.RemoteIpAddress?.ToString() ?? "", credential, context.RequestAborted) is { } wait)
        {
            var tooMany = new Problem(429, "too_many_attempts", "There were too many attempts to sign in. Wait, then try again.");
            await ProblemResult.WriteAsync(context, tooMany with { RetryAfter = wait });
            return;
        }

        await next(context);
    }
}
