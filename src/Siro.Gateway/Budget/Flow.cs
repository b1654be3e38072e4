using System.Globalization;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Budget;

/// <summary>What shares a token: a client at one priority. Its calls wait in the order in which they came.</summary>
internal sealed class Flow(ClientName client, FlowClass flowClass)
{
    public ClientName Client { get; } = client;

    /// <summary>The name in the store: class, dot, client escaped.</summary>
    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"{(int)flowClass}.{Uri.EscapeDataString(client.Value)}");

    public FlowClass Class { get; } = flowClass;

    /// <summary>The client's weight, as configured when it last called.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>Calls that wait.</summary>
    public LinkedList<Waiter> Waiters { get; } = [];

    /// <summary>Taken from slots this replica held, not yet told to the store.</summary>
    public int Untold { get; set; }

    /// <summary>Taken while the store was away; for turns.</summary>
    public int TakenAlone { get; set; }

    /// <summary>As the store last said: what the flow has used in the window.</summary>
    public int Used { get; set; }

    /// <summary>As the store last said: what is the flow's own in a window. -1 before it said anything.</summary>
    public int Share { get; set; } = -1;

    /// <summary>When the flow last took or waited.</summary>
    public long LastSeen { get; set; }
}

/// <summary>Order of turns.</summary>
internal enum FlowClass
{
    Mint = 0,
    Interactive = 1,
    Batch = 2,
    Background = 3,
}

/// <summary>A call that waits for a slot.</summary>
internal sealed class Waiter(Flow flow)
{
    public Flow Flow { get; } = flow;

    /// <summary>Its place; null once it has a slot or has left.</summary>
    public LinkedListNode<Waiter>? Place { get; set; }

    /// <summary>Done when it has a slot.</summary>
    public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal static class FlowClasses
{
    public static FlowClass Of(SiroRequest request) => request.IsMint ? FlowClass.Mint : request.Priority switch
    {
        Priority.Interactive => FlowClass.Interactive,
        Priority.Batch => FlowClass.Batch,
        _ => FlowClass.Background,
    };
}
