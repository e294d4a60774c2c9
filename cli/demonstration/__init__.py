"""A day in Ningxiang and its neighbours, played through the real engine on a fast clock: the script, the player, the screen, the proof."""
