using System.Net;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

public sealed class BreakerTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Host _siro = new();

    [Fact]
    public async Task A_host_that_fails_is_left_alone_for_five_seconds_and_then_tried()
    {
        using var invoker = Make();
        _siro.Status = HttpStatusCode.ServiceUnavailable;
        for (var n = 0; n < 20; n++)
        {
            (await SendAsync(invoker, SiroHost.Platform)).Dispose();
        }

        var refused = await Assert.ThrowsAsync<ProblemException>(() => SendAsync(invoker, SiroHost.Platform));
        Assert.Equal((503, "siro_unavailable"), (refused.Problem.Status, refused.Problem.Code));
        Assert.InRange(refused.Problem.RetryAfter!.Value.TotalSeconds, 0, 5);
        Assert.Equal(20, _siro.Seen);

        _clock.Advance(TimeSpan.FromSeconds(5.1));
        _siro.Status = HttpStatusCode.OK;
        using var answer = await SendAsync(invoker, SiroHost.Platform);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task An_open_breaker_is_named_until_its_host_answers_again()
    {
        using var breaker = TestHandler.Over(_siro, _clock);
        using var invoker = new HttpMessageInvoker(breaker, disposeHandler: false);
        Assert.Empty(breaker.OpenBreakers);
        _siro.Status = HttpStatusCode.ServiceUnavailable;
        for (var n = 0; n < 20; n++)
        {
            (await SendAsync(invoker, SiroHost.Platform)).Dispose();
        }

        Assert.Equal([SiroHost.Platform], breaker.OpenBreakers);
        _clock.Advance(TimeSpan.FromSeconds(5.1));
        _siro.Status = HttpStatusCode.OK;
        (await SendAsync(invoker, SiroHost.Platform)).Dispose();
        Assert.Empty(breaker.OpenBreakers);
    }

    [Fact]
    public async Task Another_host_is_not_held_back()
    {
        using var invoker = Make();
        _siro.Status = HttpStatusCode.BadGateway;
        for (var n = 0; n < 20; n++)
        {
            (await SendAsync(invoker, SiroHost.Platform)).Dispose();
        }

        using var answer = await SendAsync(invoker, SiroHost.External);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Fact]
    public async Task The_gateways_own_refusals_do_not_count()
    {
        using var invoker = Make();
        _siro.Refusal = new Problem(429, "budget_exhausted", "No room.");
        for (var n = 0; n < 50; n++)
        {
            await Assert.ThrowsAsync<ProblemException>(() => SendAsync(invoker, SiroHost.Platform));
        }

        Assert.Equal(50, _siro.Seen);
    }

    private HttpMessageInvoker Make() => new(TestHandler.Over(_siro, _clock));

    private static async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker invoker, SiroHost host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://siro.test/");
        request.Options.Set(SiroRequest.Key,
            new SiroRequest { Organization = new OrganizationKey("acme"), Host = host, Client = new ClientName("crm"),
            Operation = "GET /" });
        return await invoker.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class Host : HttpMessageHandler
    {
        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public Problem? Refusal { get; set; }

        public int Seen { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen++;
            return Refusal is { } problem ? throw new ProblemException(problem) : Task.FromResult(new HttpResponseMessage(Status));
        }
    }
}
