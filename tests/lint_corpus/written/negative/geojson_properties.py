def label(feature):
    return f"{feature.properties['name']}/{feature.properties.get('kind')}"
