"""What customers are told of visits, what they may do themselves, and whether it was kept."""
