namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Makes one value out of an element.</summary>
public delegate TTo Projection<TFrom, TTo>(in TFrom from);

/// <summary>Makes one value out of an element and a state.</summary>
public delegate TTo Projection<TFrom, TState, TTo>(in TFrom from, in TState state);
