"""Ways by road, from a routing service of the firm's choice: asked for in the background, kept, and never waited for."""
