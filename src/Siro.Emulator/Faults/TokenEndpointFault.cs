using Siro.Emulator.Hosting;

namespace Siro.Emulator.Faults;

/// <summary>How the token endpoint of client apps fails, as a setting and a flag.</summary>
public enum TokenEndpointFault
{
    /// <summary>It works.</summary>
    None,

    /// <summary>Connections are cut.</summary>
    Away,

    /// <summary>It answers after a minute.</summary>
    Slow,

    /// <summary>200 with <c>{"error":"invalid_client"}</c>.</summary>
    ErrorBody,

    /// <summary>200 with a page, as a captive portal gives.</summary>
    Page,

    /// <summary>401 with <c>{"error":"invalid_client"}</c>.</summary>
    Refused,
}

internal static class TokenEndpointFaults
{
    private const string Name = "token endpoint";
    private const string InvalidClient = """{"error":"invalid_client","error_description":"The client app is not known."}""";

    /// <summary>The fault that strikes this request; null for none.</summary>
    public static FaultRule? Of(TokenEndpointFault fault, SiroHost host) => host != SiroHost.Auth ? null : fault switch
    {
        TokenEndpointFault.Away => new FaultRule { Name = Name, Drop = true },
        TokenEndpointFault.Slow => new FaultRule { Name = Name, Stall = TimeSpan.FromMinutes(1) },
        TokenEndpointFault.ErrorBody => new FaultRule { Name = Name, Status = 200, Body = InvalidClient },
        TokenEndpointFault.Page => new FaultRule { Name = Name, Status = 200, Body = "<html><title>Sign in to the network</title></html>" },
        TokenEndpointFault.Refused => new FaultRule { Name = Name, Status = 401, Body = InvalidClient },
        _ => null,
    };
}
