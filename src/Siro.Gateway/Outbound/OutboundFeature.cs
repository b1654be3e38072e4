namespace Siro.Gateway.Outbound;

/// <summary>HTTP to anywhere that is not Siro, behind an address guard.</summary>
internal static class OutboundFeature
{
    public static void AddOutbound(this WebApplicationBuilder builder) => builder.Services.AddSingleton(_ => new OutboundClient());
}
