"""The screens: each has the frame of `frame`, fills its body, and handles its keys."""
