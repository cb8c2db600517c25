//! The network switch (银联-style centre).
