from modules import round as other

seen = other.name
