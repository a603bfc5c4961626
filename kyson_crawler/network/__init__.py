"""What lies between the transport and the wire: where it may go, how it gets there, and what is read on the way back."""
