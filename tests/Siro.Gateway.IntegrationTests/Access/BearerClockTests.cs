using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Access;

/// <summary>Bearer tokens while the machine's clock is set.</summary>
public sealed class BearerClockTests(BearerClockTests.Fixture fixture) : IClassFixture<BearerClockTests.Fixture>
{
    [Fact]
    public async Task A_clock_that_was_set_back_keeps_no_caller_with_a_new_key_waiting()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());

        // The keys are read again under a clock that is an hour ahead, which is then set right.
        fixture.Clock.Offset = TimeSpan.FromHours(1);
        fixture.Provider.Rotate();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
        fixture.Clock.Offset = TimeSpan.Zero;
        fixture.Provider.Rotate();

        // It used to wait for the next reading that the other clock allowed: an hour.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
    }

    private async Task<HttpStatusCode> StatusAsync()
    {
        // Good under both clocks.
        var token = fixture.Provider.Token("crm-app",
            change: c => c["exp"] = TimeProvider.System.GetUtcNow().AddHours(3).ToUnixTimeSeconds());
        using var client = fixture.CreateClient(apiKey: null);
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);
        using var answer = await client.GetAsync("/v1/me", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public sealed class Fixture : BearerTests.Fixture
    {
        internal SteppedClock Clock { get; } = new();

        protected override void Customize(WebApplicationBuilder builder) =>
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
    }
}
