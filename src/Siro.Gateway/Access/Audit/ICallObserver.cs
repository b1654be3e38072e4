using Siro.Gateway.Common;

namespace Siro.Gateway.Access.Audit;

/// <summary>Is told of each call where it ends, after whatever was refused has been answered.</summary>
internal interface ICallObserver
{
    void Ended(HttpContext context, CallNotes call);
}
