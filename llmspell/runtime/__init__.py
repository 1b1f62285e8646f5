"""Operations: what agents, models, tools and spells do, each through the one pipeline in `ops`."""
