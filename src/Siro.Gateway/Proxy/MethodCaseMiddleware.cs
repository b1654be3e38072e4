namespace Siro.Gateway.Proxy;

/// <summary>
/// A method's case counts (RFC 9110, 9.1), but routing compares without it. So that <c>get</c> is answered as any method that nobody knows
/// is, it goes through routing as one; the audit line has what was sent.
/// </summary>
internal sealed class MethodCaseMiddleware(RequestDelegate next)
{
    private const string NoMethod = "UNKNOWN";

    public Task InvokeAsync(HttpContext context)
    {
        // The server has one string for each method that is spelled rightly, and this gives it back: no letter is compared.
        var method = context.Request.Method;
        return string.Equals(HttpMethods.GetCanonicalizedValue(method), method, StringComparison.Ordinal)
            ? next(context)
            : InvokeAsync(context, method);
    }

    private async Task InvokeAsync(HttpContext context, string method)
    {
        context.Request.Method = NoMethod;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = method;
        }
    }
}
