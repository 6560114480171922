/** An alert's own page: follows what happens to it. */

import "./alerts.js";
import { followAlerts } from "./live_regions.js";

followAlerts();
