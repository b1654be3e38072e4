using Siro.Gateway.Configuration;

namespace Siro.Gateway.Tests.Store;

internal sealed class FixedSettings<T>(T value) : ISettings<T>
    where T : class
{
    public T Current => value;

    public IDisposable OnChange(Action<T> changed) => throw new NotSupportedException("Read at the start only.");
}
