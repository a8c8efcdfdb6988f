def url(properties, driver):
    return "jdbc:" + properties.get("Host") + "/" + driver.properties["Name"]
