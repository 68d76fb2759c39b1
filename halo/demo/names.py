"""Names of people and companies that nobody has, and the words that describe them."""

from __future__ import annotations

_FIRST = (
    "Aaliyah Adrian Aiko Alejandra Amara Amir Ana Andre Anika Anton Arjun Astrid Ayesha Beatriz Ben Bianca "
    "Carlos Carmen Chen Chiara Chloe Clara Daniel Daria Dmitri Elena Elif Emeka Emil Emma Esther Farah Felix "
    "Fatima Finn Gabriel Greta Hana Hannah Hassan Hugo Ida Ines Isabel Ivan Jakub Jamal Jana Jasper Joana "
    "Jonas Julia Kai Kamala Karim Katarina Kenji Kofi Lara Leila Leo Lena Linh Lucas Lucia Magnus Maja Marco "
    "Maria Marta Mateo Maya Mei Mila Miriam Mohammed Naomi Nadia Nils Nina Noah Nora Olga Omar Oscar Paula "
    "Pedro Petra Priya Rafael Rania Rosa Ruben Sana Samuel Sara Sofia Stefan Suki Tariq Tessa Theo Thomas Uma "
    "Valentina Vera Viktor Wanjiru Yara Yusuf Zofia "
)
_LAST = (
    "Abara Adeyemi Aguilar Ahmed Almeida Andersson Bakker Banerjee Barros Bauer Becker Bergström Bianchi Blum "
    "Brandt Castillo Chaudhry Chavez Cohen Costa Cruz Dahl Delgado Demir Diallo Dubois Eriksen Fernandes "
    "Fischer Flores Fontaine Fujita García Gruber Gupta Haddad Hansen Hoffmann Horvat Ibrahim Iyer Jansen "
    "Jensen Kamau Kaur Keller Khalil Kim Kowalski Kumar Larsen Laurent Lehmann Li Lindqvist Lopes Mancini "
    "Marino Martins Mbeki Mehta Meyer Moreau Müller Mwangi Nakamura Navarro Nguyen Novak Nwosu Okafor Olsen "
    "Ortega Osei Park Patel Pereira Petrov Popescu Ramos Reyes Ricci Rossi Sato Schmidt Schneider Silva Singh "
    "Sørensen Suzuki Tanaka Torres Tran Vargas Vasquez Virtanen Vogel Wagner Wang Weber Yamamoto Yılmaz Zhang "
    "Zimmermann "
)
_PLACES = (
    "Alder Amber Anchor Arrow Aspen Atlas Basalt Beacon Birch Bluebell Bright Canyon Cedar Cinder Clear Cobalt "
    "Copper Coral Crane Delta Drift Dune Echo Elm Falcon Fern Field Flint Forge Garnet Glen Granite Harbor "
    "Hazel Heron Hill Indigo Iron Juniper Kestrel Lake Lantern Larch Laurel Linden Maple Marble Meadow Mint "
    "Moss North Oak Ocean Onyx Orchard Otter Pebble Pine Quartz Raven Reed Ridge River Rowan Saffron Sage "
    "Silver Slate Sparrow Spruce Stone Summit Swift Thistle Timber Vale Vector Willow Winter Wren Zenith "
)
FIRST, LAST, PLACES = _FIRST.split(), _LAST.split(), _PLACES.split()
KINDS = {
    "Logistics": "Freight Logistics Cargo Shipping",
    "Healthcare": "Health Clinics Diagnostics Care",
    "Finance": "Capital Accounting Payments Ledger",
    "Retail": "Goods Market Outfitters Supply",
    "Manufacturing": "Works Robotics Foundry Industries",
    "Media": "Studios Press Pictures Broadcast",
    "Education": "Academy Learning Schools Tutors",
    "Energy": "Energy Solar Grid Power",
    "Travel": "Travel Journeys Hotels Airlines",
    "Software": "Labs Systems Cloud Analytics",
    "Legal": "Legal Counsel Notaries Partners",
    "Hospitality": "Kitchens Catering Restaurants Roasters",
}
"""Industry -> last words of a company's name."""
TITLES = (
    "Operations Manager", "Head of Operations", "Office Manager", "Finance Lead", "Controller", "IT Administrator",
    "Project Manager", "Product Manager", "Customer Success Manager", "Data Analyst", "Software Engineer",
    "Engineering Manager", "Chief Technology Officer", "Founder", "Team Lead", "Account Manager", "Consultant",
)  # fmt: skip
PLANS = {"Starter": (29, 90), "Growth": (150, 600), "Scale": (700, 2400), "Enterprise": (2500, 9000)}
"""Plan -> lowest and highest revenue a month."""
LEAD_SOURCES = ("widget", "webinar", "referral", "trade fair", "website form", "partner")
INTERESTS = (
    "Wants to replace spreadsheets for project planning of {n} people.",
    "Asked about single sign-on and an audit log before a pilot with {n} seats.",
    "Compares plans; needs invoices by purchase order for {n} seats.",
    "Needs the Salesforce integration and a sandbox; {n} users at the start.",
    "Would like a demo of resource planning for {n} teams.",
    "Looks for an API to push time sheets of {n} contractors.",
    "Asked whether data can stay in the EU; {n} people in two offices.",
    "Wants help with moving {n} projects from another tool.",
)
